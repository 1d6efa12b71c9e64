import { setImmediate as nextTurn } from 'node:timers/promises'

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { SimulatedTime } from '../../../harness/simulated-time.ts'
import type { InstanceName, RouteSummary } from '../../contracts/index.ts'
import { otherInstance } from '../../contracts/index.ts'
import { Instances } from './instances.ts'
import { createJob } from './job.ts'
import { simulatedEnvironment, SimulatedWorker } from './testing/simulated-workers.ts'
import type { Worker } from './workers/worker.ts'

const routes: readonly RouteSummary[] = [
  { method: 'POST', path: '/predict', repeat: 'freely', answerTimeoutMs: undefined },
]
const names = ['primary-0', 'primary-1', 'backup-0', 'backup-1'] as const
const pauseTimeoutMs = 300

type Action =
  | { readonly do: 'send' }
  | { readonly do: 'answer' | 'kill' | 'start' | 'hang' | 'resume'; readonly worker: number }
  | { readonly do: 'pause' | 'resumeInstance'; readonly instance: InstanceName }
  | { readonly do: 'pass'; readonly ms: number }

const worker = fc.nat(names.length - 1)
const instance = fc.constantFrom<InstanceName>('primary', 'backup')
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), worker }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'hang' as const), worker }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'resume' as const), worker }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resumeInstance' as const), instance }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 30, 120, 500) }),
  },
)

function createScene() {
  const time = new SimulatedTime()
  const workers = names.map(() => new SimulatedWorker(time, routes, () => undefined))
  const environment = simulatedEnvironment(
    time,
    new Map(names.map((name, i) => [name, workers[i] as SimulatedWorker])),
  )
  const ended = (): void => instances.attemptEnded()
  const instances: Instances = new Instances({
    workerSockets: { primary: names.slice(0, 2), backup: names.slice(2) },
    environment,
    events: {
      onHello: () => undefined,
      onReady: () => undefined,
      onLate: () => undefined,
      onAnswer: ended,
      onUnwanted: ended,
      onFailed: ended,
    },
  })
  for (const one of workers) one.start()
  instances.start()
  const stop = environment.every(100, () => instances.check(time.nowMs))
  time.pass(10)
  return { time, workers, instances, stop }
}

/** To a worker that was chosen. */
function send(chosen: Worker, nowMs: number): void {
  const request = { method: 'POST', url: '/predict', headers: '', body: Buffer.alloc(0) }
  const job = createJob(request, () => undefined, { isGone: false }, nowMs)
  chosen.send(job, { sentMs: nowMs, lateMs: Infinity, dueMs: Infinity })
}

it('a pause ends with an idle instance while the other one serves, or with an error, whatever workers do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
      const { time, workers, instances, stop } = createScene()
      /** The last order for each instance: a pause that another order has overtaken promises nothing. */
      const lastOrder = { primary: 0, backup: 0 }
      const outcomes: (() => void)[] = []
      let orders = 0
      const pause = (name: InstanceName): void => {
        const order = (lastOrder[name] = ++orders)
        const isLast = (): boolean => lastOrder[name] === order
        const begunMs = time.nowMs
        instances.pause(name, pauseTimeoutMs).then(
          () => {
            const traffic = instances.traffic(name)
            if (isLast()) outcomes.push(() => expect(traffic).toMatchObject({ paused: true, inFlight: 0 }))
          },
          (error: unknown) => {
            const tookMs = time.nowMs - begunMs
            outcomes.push(() => {
              expect(error).toMatchObject({ code: 'no_instance' })
              expect(tookMs).toBeGreaterThanOrEqual(pauseTimeoutMs)
            })
          },
        )
      }
      for (const one of actions) {
        switch (one.do) {
          case 'send': {
            const chosen = instances.choose(undefined)
            expect(chosen === undefined).toBe(instances.healthyCount === 0)
            if (chosen === undefined) break
            expect(chosen.isHealthy).toBe(true)
            const other = instances.traffic(otherInstance(chosen.instance))
            // A paused one is chosen only if nothing else is there.
            if (instances.traffic(chosen.instance).paused)
              expect(other.paused || other.readyWorkers === 0).toBe(true)
            if (chosen.instance === 'backup')
              expect(other.paused || other.readyWorkers === 0 || instances.traffic('backup').paused).toBe(
                true,
              )
            send(chosen, time.nowMs)
            break
          }
          case 'pass':
            time.pass(one.ms)
            break
          case 'pause':
            pause(one.instance)
            break
          case 'resumeInstance':
            lastOrder[one.instance] = ++orders
            instances.resume(one.instance)
            expect(instances.traffic(one.instance).paused).toBe(false)
            break
          case 'answer':
          case 'kill':
          case 'start':
          case 'hang':
          case 'resume':
            workers[one.worker]?.[one.do]()
        }
        // What a pause has resolved is looked at before anything else happens.
        await nextTurn()
        for (const check of outcomes.splice(0)) check()
      }
      for (const one of workers) {
        one.start()
        one.resume()
      }
      for (let i = 0; i < 100; i++) {
        for (const one of workers) one.answer()
        time.pass(50)
      }
      for (const name of ['primary', 'backup'] as const) {
        lastOrder[name] = ++orders
        instances.resume(name)
        expect(instances.traffic(name)).toMatchObject({ paused: false, readyWorkers: 2, inFlight: 0 })
      }
      stop()
      instances.close()
    }),
    { numRuns: 300 },
  )
})
