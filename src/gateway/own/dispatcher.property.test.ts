import fc from 'fast-check'
import { expect, it } from 'vitest'

import { SimulatedTime } from '../../../harness/simulated-time.ts'
import type { GatewayLimits } from '../../config/schema/index.ts'
import type { Repeat, RouteSummary } from '../../contracts/index.ts'
import { Dispatcher } from './dispatcher.ts'
import { simulatedEnvironment, SimulatedWorker } from './testing/simulated-workers.ts'
import { TrafficMeter } from './traffic-meter.ts'

const limits: GatewayLimits = {
  answerTimeoutMs: 2_000,
  maxInFlight: 3,
  maxWaiting: 4,
  maxWaitingBytes: 1_000,
}

const routes: RouteSummary[] = [
  { method: 'POST', path: '/predict', repeat: 'freely', answerTimeoutMs: undefined },
  { method: 'POST', path: '/post', repeat: 'never', answerTimeoutMs: undefined },
  { method: 'GET', path: '/get', repeat: 'on-failure', answerTimeoutMs: 400 },
]
const repeatOf = new Map<string, Repeat>(routes.map(({ path, repeat }) => [path, repeat]))

const names = ['primary-0', 'primary-1', 'backup-0', 'backup-1'] as const

type Action =
  | { readonly do: 'ask'; readonly path: string; readonly fillsLink?: boolean }
  | { readonly do: 'answer' | 'kill' | 'start' | 'hang' | 'resume'; readonly worker: number }
  | { readonly do: 'leave'; readonly request: number }
  | { readonly do: 'pause' | 'resumeInstance'; readonly instance: 'primary' | 'backup' }
  | { readonly do: 'pass'; readonly ms: number }

const worker = fc.nat(names.length - 1)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      path: fc.constantFrom(...repeatOf.keys()),
      fillsLink: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), worker }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 2, 30, 120, 500) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'hang' as const), worker }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'resume' as const), worker }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), request: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('pause' as const, 'resumeInstance' as const),
      instance: fc.constantFrom('primary' as const, 'backup' as const),
    }),
  },
)

type Asked = {
  readonly path: string
  readonly client: { isGone: boolean }
  answers: number
  status: number | undefined
  carriedOut: number
}

function createScene() {
  const time = new SimulatedTime()
  const asked = new Map<string, Asked>()
  const workers = names.map(
    () =>
      new SimulatedWorker(time, routes, ({ body }) => {
        const one = asked.get(body.toString().trim())
        if (one !== undefined) one.carriedOut++
      }),
  )
  const environment = simulatedEnvironment(
    time,
    new Map(names.map((name, i) => [name, workers[i] as SimulatedWorker])),
  )
  const workerSockets = { primary: names.slice(0, 2), backup: names.slice(2) }
  const dispatcher = new Dispatcher({ workerSockets, limits }, new TrafficMeter(), environment)
  const ask = (path: string, fillsLink = false): void => {
    const one: Asked = { path, client: { isGone: false }, answers: 0, status: undefined, carriedOut: 0 }
    const id = `${asked.size}`
    asked.set(id, one)
    const method = path === '/get' ? 'GET' : 'POST'
    dispatcher.dispatch(
      { method, url: path, headers: '', body: Buffer.from(id.padEnd(fillsLink ? 70_000 : 0)) },
      ({ status }) => {
        one.answers++
        one.status = status
      },
      one.client,
    )
  }
  const run = (what: Action): void => {
    switch (what.do) {
      case 'ask':
        ask(what.path, what.fillsLink)
        return
      case 'pass':
        time.pass(what.ms)
        return
      case 'leave': {
        const one = asked.get(`${what.request}`)
        if (one !== undefined && one.answers === 0) one.client.isGone = true
        return
      }
      case 'pause':
        dispatcher.pause(what.instance, 100).catch(() => undefined)
        return
      case 'resumeInstance':
        dispatcher.resume(what.instance)
        return
      case 'answer':
      case 'kill':
      case 'start':
      case 'hang':
      case 'resume':
        workers[what.worker]?.[what.do]()
    }
  }
  return { time, asked, workers, dispatcher, run }
}

/** Every worker lives again and answers what it has, for long enough that everything is over. */
function recover({ time, workers, dispatcher }: ReturnType<typeof createScene>): void {
  for (const instance of ['primary', 'backup'] as const) dispatcher.resume(instance)
  for (const one of workers) {
    one.start()
    one.resume()
  }
  for (let i = 0; i < 200; i++) {
    for (const one of workers) one.answer()
    time.pass(50)
  }
}

it('answers every request once, and carries none out more often than its route allows, whatever workers do', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const scene = createScene()
      for (const one of scene.workers) one.start()
      scene.dispatcher.start()
      scene.time.pass(10)
      for (const one of actions) scene.run(one)
      recover(scene)
      for (const { path, client, answers, status, carriedOut } of scene.asked.values()) {
        if (client.isGone) expect(answers).toBeLessThanOrEqual(1)
        else expect(answers).toBe(1)
        expect(carriedOut).toBeLessThanOrEqual(repeatOf.get(path) === 'never' ? 1 : 2)
        // What a client relies on that sends it again.
        if (repeatOf.get(path) === 'never' && status === 503) expect(carriedOut).toBe(0)
      }
      const { dispatcher } = scene
      expect(dispatcher.counts.waiting).toBe(0)
      for (const instance of ['primary', 'backup'] as const)
        expect(dispatcher.traffic(instance)).toMatchObject({ inFlight: 0, readyWorkers: 2, paused: false })
      dispatcher.close()
    }),
    { numRuns: 400 },
  )
})

it('loses no prediction while one worker at a time dies or hangs and another instance serves', () => {
  const fault = fc.record({
    worker,
    how: fc.constantFrom('kill' as const, 'hang' as const),
    after: fc.nat(5),
  })
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 20 }), (faults) => {
      const scene = createScene()
      for (const one of scene.workers) one.start()
      scene.dispatcher.start()
      scene.time.pass(10)
      for (const { worker: index, how, after } of faults) {
        for (let i = 0; i < 3; i++) scene.run({ do: 'ask', path: '/predict' })
        scene.time.pass(after)
        scene.run({ do: how, worker: index })
        for (let i = 0; i < 20; i++) {
          for (const one of scene.workers) one.answer()
          scene.time.pass(50)
        }
        scene.run({ do: 'start', worker: index })
        scene.run({ do: 'resume', worker: index })
        scene.time.pass(200)
      }
      recover(scene)
      expect(scene.dispatcher.counts).toMatchObject({ lost: 0, refused: 0, waiting: 0 })
      for (const { answers } of scene.asked.values()) expect(answers).toBe(1)
      scene.dispatcher.close()
    }),
    { numRuns: 200 },
  )
})

it('is ready as soon as one worker is, or is waited for no longer', async () => {
  const { dispatcher, time, workers } = createScene()
  dispatcher.start()
  const ended: string[] = []
  const waits = [
    dispatcher.whenReady(10_000).then(() => ended.push('ready')),
    dispatcher.whenReady(50).then(() => ended.push('timed out')),
  ]
  time.pass(60)
  await waits[1]
  expect([ended, dispatcher.isReady]).toEqual([['timed out'], false])
  workers[3]?.start()
  time.pass(1_000)
  await waits[0]
  expect([ended, dispatcher.isReady]).toEqual([['timed out', 'ready'], true])
  dispatcher.close()
})
