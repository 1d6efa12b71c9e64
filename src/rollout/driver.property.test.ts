import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { DeployEvent } from '../contracts/index.ts'
import { instanceNames } from '../contracts/index.ts'
import type { RolloutRun, StepResult } from './driver.ts'
import { runRollout } from './driver.ts'
import type { Step } from './machine/index.ts'
import type { Outcome } from './machine/testing/simulated-stack.ts'
import { commonHappenings, SimulatedStack } from './machine/testing/simulated-stack.ts'

type Pending = {
  readonly step: Step
  readonly resolve: (result: StepResult) => void
  readonly reject: (error: Error) => void
}

/** A rollout under way whose steps end when the test says so: a slow step is one that does not end for a long time. */
class World {
  readonly stack = new SimulatedStack()
  /** Steps that are waited for: one at most. */
  readonly pending: Pending[] = []
  readonly cancelled: Pending[] = []
  readonly events: DeployEvent[] = []
  readonly faults: string[] = []
  outcome: 'committed' | 'undone' | undefined
  readonly run: RolloutRun

  constructor(isDoneWhenCancelled: () => boolean) {
    this.run = runRollout(
      (step, signal) =>
        new Promise((resolve, reject) => {
          if (this.outcome !== undefined) this.faults.push('a step starts after the end')
          if (this.pending.length > 0) this.faults.push('a step starts while another is waited for')
          const one = { step, resolve, reject }
          this.pending.push(one)
          signal.addEventListener('abort', () => {
            if (isDoneWhenCancelled()) this.stack.carryOut(step, 'failed after it was done')
            this.pending.splice(this.pending.indexOf(one), 1)
            this.cancelled.push(one)
          })
        }),
      (event) => {
        if (this.outcome !== undefined) this.faults.push('a step is reported after the end')
        this.events.push(event)
      },
    )
    const settle = (outcome: 'committed' | 'undone'): void => {
      if (this.pending.length > 0) this.faults.push('it ends before its last step has ended')
      this.outcome = outcome
    }
    this.run.finished.then(
      () => settle('committed'),
      () => settle('undone'),
    )
  }

  endStep(outcome: Outcome): void {
    const one = this.pending.pop()
    if (one === undefined) return
    if (this.stack.carryOut(one.step, outcome)) one.resolve({})
    else one.reject(new Error(outcome))
  }

  /** A step that was cancelled long ago ends after all, and what it says must not count. */
  endCancelled(isDone: boolean): void {
    const one = this.cancelled.shift()
    if (isDone) one?.resolve({ detail: 'late' })
    else one?.reject(new Error('late'))
  }
}

/** Lets all that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The step and how it ended, of each that was started. */
function endsOf(events: readonly DeployEvent[]): string[] {
  const ends: string[] = []
  let started: string | undefined
  for (const event of events) {
    if (event.type !== 'step') throw new Error(`a rollout reports steps, not ${event.type}`)
    if (event.state === 'started') {
      expect(started, 'a step starts after the one before it has ended').toBeUndefined()
      started = event.step
    } else {
      expect(event.step, 'a step ends once').toBe(started)
      expect(event.detail).not.toBe('late')
      started = undefined
      ends.push(`${event.step} ${event.state}`)
    }
  }
  expect(started, 'each step ends').toBeUndefined()
  return ends
}

const name = fc.constantFrom(...instanceNames)
const happening = fc.oneof(
  ...commonHappenings,
  { weight: 1, arbitrary: name.map((instance) => ({ what: 'die', instance }) as const) },
  { weight: 1, arbitrary: fc.boolean().map((isDone) => ({ what: 'late answer', isDone }) as const) },
  // The next thing happens before the driver has seen this one.
  { weight: 4, arbitrary: fc.constant({ what: 'at once' } as const) },
)

test('whatever fails, dies or is superseded: one end, after the last step, and each instance on the version that it says', async () => {
  const endings = { committed: 0, undone: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 60 }),
      fc.infiniteStream(fc.boolean()),
      async (happenings, dice) => {
        const world = new World(() => dice.next().value === true)
        await turn()
        let isAtOnce = false
        for (const now of happenings) {
          if (now.what === 'step') world.endStep(now.outcome)
          if (now.what === 'die' && world.stack.die(now.instance)) world.run.died(now.instance, 'killed')
          if (now.what === 'come back') world.stack.comeBack(now.instance)
          if (now.what === 'superseded') world.run.supersede('a rollback has priority')
          if (now.what === 'late answer') world.endCancelled(now.isDone)
          if (!isAtOnce) await turn()
          isAtOnce = now.what === 'at once'
        }
        await turn()
        for (let i = 0; i < 50 && world.outcome === undefined; i++) {
          world.endStep('as it can')
          await turn()
        }
        const { outcome, stack } = world
        if (outcome === undefined) throw new Error('it did not end')
        endings[outcome]++
        for (const instance of instanceNames) stack.comeBack(instance)
        expect(stack.pointer).toBe(outcome === 'committed' ? 'new' : 'old')
        for (const instance of instanceNames)
          expect(stack.instances[instance]).toMatchObject({ isPaused: false, serves: stack.pointer })
        if (stack.isTried) expect(world.run.hasServed()).toBe(true)

        const before = endsOf(world.events)
        for (const instance of instanceNames) world.run.died(instance, 'killed after the end')
        world.run.supersede('too late')
        while (world.cancelled.length > 0) world.endCancelled(true)
        await turn()
        expect(endsOf(world.events)).toEqual(before)
        expect(world.outcome).toBe(outcome)
        expect(world.faults).toEqual([])
      },
    ),
    { numRuns: 1_000 },
  )
  expect(endings.committed).toBeGreaterThan(10)
  expect(endings.undone).toBeGreaterThan(100)
})
