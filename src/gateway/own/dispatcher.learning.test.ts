import { expect, test } from 'vitest'

import { SimulatedTime } from '../../../harness/simulated-time.ts'
import type { RouteSummary } from '../../contracts/index.ts'
import { Dispatcher } from './dispatcher.ts'
import { simulatedEnvironment, SimulatedWorker } from './testing/simulated-workers.ts'
import { TrafficMeter } from './traffic-meter.ts'

const limits = { answerTimeoutMs: 60_000, maxInFlight: 1, maxWaiting: 100, maxWaitingBytes: 1_000_000 }
const routes: readonly RouteSummary[] = [
  { method: 'POST', path: '/predict', repeat: 'freely', answerTimeoutMs: undefined },
]

/** After this many answers a route's usual time counts. */
const enough = 25

/** A gateway with one worker in the primary and two in the backup, which answer when they are told to. */
function createScene() {
  const time = new SimulatedTime()
  const names = ['primary', 'backup-0', 'backup-1']
  const workers = names.map(() => new SimulatedWorker(time, routes, () => undefined))
  const [primary, ...backup] = workers as [SimulatedWorker, SimulatedWorker, SimulatedWorker]
  const environment = simulatedEnvironment(
    time,
    new Map(workers.map((worker, place) => [names[place] ?? '', worker])),
  )
  const workerSockets = { primary: names.slice(0, 1), backup: names.slice(1) }
  const dispatcher = new Dispatcher({ workerSockets, limits }, new TrafficMeter(), environment)
  for (const worker of workers) worker.start()
  dispatcher.start()
  time.pass(10)
  let answered = 0
  const ask = (): void => {
    const request = { method: 'POST', url: '/predict', headers: '', body: Buffer.alloc(0) }
    dispatcher.dispatch(request, () => answered++, { isGone: false })
  }
  return {
    time,
    dispatcher,
    primary,
    ask,
    answered: () => answered,
    answerAtBackup: () => {
      for (const worker of backup) worker.answer()
      time.pass(2)
    },
    isHedged: () => backup.some(({ work }) => work.length > 0),
  }
}

test('what a request has waited in the queue is not time that its route takes', () => {
  const { time, dispatcher, primary, ask, answered, isHedged } = createScene()
  for (let i = 0; i < enough; i++) ask()
  time.pass(2)
  for (let i = 0; i < enough; i++) {
    time.pass(100)
    primary.answer()
    time.pass(2)
  }
  // The last one has its answer after two and a half seconds, of which the worker had a tenth of one.
  expect(answered()).toBe(enough)
  ask()
  time.pass(2)
  expect(isHedged()).toBe(false)
  time.pass(1_500)
  expect(isHedged()).toBe(true)
  dispatcher.close()
})

test('what a request has lost with a worker that died is not time that its route takes', () => {
  const { time, dispatcher, primary, ask, answered, answerAtBackup, isHedged } = createScene()
  for (let i = 0; i < enough; i++) {
    ask()
    time.pass(250)
    primary.kill()
    time.pass(2)
    expect(isHedged()).toBe(true)
    answerAtBackup()
    primary.start()
    time.pass(60)
  }
  expect(answered()).toBe(enough)
  ask()
  time.pass(2)
  expect(isHedged()).toBe(false)
  time.pass(500)
  expect(isHedged()).toBe(true)
  dispatcher.close()
})

test('an answer that came from elsewhere first has taken as long as it was waited for', () => {
  const { time, dispatcher, primary, ask, answered, answerAtBackup, isHedged } = createScene()
  for (let i = 0; i < enough; i++) {
    ask()
    time.pass(2)
    primary.answer()
    time.pass(2)
  }
  const waitForHedge = (): number => {
    const begunMs = time.nowMs
    while (!isHedged()) time.pass(10)
    return time.nowMs - begunMs
  }
  ask()
  expect(waitForHedge()).toBeLessThan(450)
  answerAtBackup()
  for (let i = 0; i < 3; i++) {
    time.pass(200)
    ask()
    waitForHedge()
    answerAtBackup()
  }
  // Of quick answers alone the route would still count as quick.
  time.pass(200)
  ask()
  expect(waitForHedge()).toBeGreaterThan(450)
  expect(answered()).toBe(enough + 4)
  dispatcher.close()
})
