import { expect, test } from 'vitest'

import { SimulatedTime } from '../../../harness/simulated-time.ts'
import type { RouteSummary } from '../../contracts/index.ts'
import { Dispatcher } from './dispatcher.ts'
import { simulatedEnvironment, SimulatedWorker } from './testing/simulated-workers.ts'
import { TrafficMeter } from './traffic-meter.ts'

const routes: readonly RouteSummary[] = [
  { method: 'POST', path: '/predict', repeat: 'freely', answerTimeoutMs: undefined },
]

test('a request that came while a large body filled the link is sent as soon as the worker has read that', () => {
  const time = new SimulatedTime()
  const asked: number[] = []
  const primary = new SimulatedWorker(time, routes, ({ body }) => void asked.push(body.length))
  const dispatcher = new Dispatcher(
    {
      workerSockets: { primary: ['primary'], backup: [] },
      limits: { answerTimeoutMs: 60_000, maxInFlight: 8, maxWaiting: 100, maxWaitingBytes: 1_000_000 },
    },
    new TrafficMeter(),
    simulatedEnvironment(time, new Map([['primary', primary]])),
  )
  const ask = (bytes: number): void => {
    const request = { method: 'POST', url: '/predict', headers: '', body: Buffer.alloc(bytes) }
    dispatcher.dispatch(request, () => undefined, { isGone: false })
  }
  primary.start()
  dispatcher.start()
  // Just after a heartbeat, so that none helps: the next is 100 ms away.
  time.pass(101)
  ask(400_000)
  ask(1)
  expect(dispatcher.counts.waiting).toBe(1)
  time.pass(10)
  // No answer has come either: the worker is at work on the large one.
  expect(asked).toEqual([400_000, 1])
  dispatcher.close()
})
