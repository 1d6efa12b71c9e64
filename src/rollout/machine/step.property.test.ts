import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { InstanceName } from '../../contracts/index.ts'
import { instanceNames } from '../../contracts/index.ts'
import type { RolloutEffect, RolloutEvent, RolloutState } from './step.ts'
import { idle, step } from './step.ts'
import type { Outcome } from './testing/simulated-stack.ts'
import { commonHappenings, SimulatedStack } from './testing/simulated-stack.ts'

/** The state machine, and the stack that it changes. */
class World {
  state: RolloutState = idle
  readonly stack = new SimulatedStack()
  awaited: Extract<RolloutEffect, { type: 'run' }> | undefined

  feed(event: RolloutEvent): void {
    const { state, effects } = step(this.state, event)
    this.state = state
    this.awaited = effects.length === 0 && !this.isOver ? this.awaited : undefined
    for (const effect of effects) this.awaited = effect.type === 'run' ? effect : undefined
  }

  get isOver(): boolean {
    return this.state.phase === 'committed' || this.state.phase === 'undone'
  }

  /** Carries out the step that is awaited, and says how it went. */
  carryOut(outcome: Outcome): void {
    const { awaited } = this
    if (awaited === undefined) return
    const { run } = awaited
    if (this.stack.carryOut(awaited.step, outcome)) this.feed({ type: 'done', run })
    else this.feed({ type: 'failed', run, reason: outcome })
  }

  die(name: InstanceName): void {
    if (this.stack.die(name)) this.feed({ type: 'died', instance: name, reason: 'killed' })
  }
}

function check({ state, stack }: World): void {
  const { primary, backup } = stack.instances
  const asked = stack.route()
  expect(asked, 'at least one instance lives, so one is asked').toBeDefined()
  if (primary.isAlive && backup.isAlive)
    expect(primary.isPaused && backup.isPaused, 'one of two that live is ready').toBe(false)
  // What is asked was active before, or is being tried: a candidate answers nobody, and nothing is being tried once it is over.
  if (state.phase === 'undone') expect(asked?.serves).toBe('old')
  if (state.phase === 'committed') expect(asked?.serves).toBe('new')
  if (!stack.isTried) expect(asked?.serves, 'a candidate answers nobody').toBe('old')
}

const name = fc.constantFrom(...instanceNames)
const happening = fc.oneof(
  ...commonHappenings,
  { weight: 2, arbitrary: name.map((instance) => ({ what: 'die', instance }) as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'late answer' } as const) },
)

test('whatever fails or dies, an instance is always asked, with a version that may answer, and it ends with one version', () => {
  const endings = { committed: 0, undone: 0 }
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
      const world = new World()
      world.feed({ type: 'begin' })
      for (const now of happenings) {
        if (now.what === 'step') world.carryOut(now.outcome)
        if (now.what === 'die') world.die(now.instance)
        if (now.what === 'come back') world.stack.comeBack(now.instance)
        if (now.what === 'superseded') {
          const { phase } = world.state
          const isCommitting = world.awaited?.step.action === 'commit'
          world.feed({ type: 'superseded', reason: 'the rollback of m@1 has priority' })
          if (phase === 'advancing' && !isCommitting) expect(world.state.phase).not.toBe('advancing')
          else expect(world.state.phase).toBe(phase)
        }
        if (now.what === 'late answer') world.feed({ type: 'done', run: (world.awaited?.run ?? 0) - 1 })
        check(world)
      }
      for (let i = 0; i < 50 && !world.isOver; i++) {
        world.carryOut('as it can')
        check(world)
      }
      for (const instance of instanceNames) world.stack.comeBack(instance)
      const { phase } = world.state
      if (phase !== 'committed' && phase !== 'undone') throw new Error(`it did not end, but is ${phase}`)
      endings[phase]++
      for (const instance of instanceNames)
        expect(world.stack.instances[instance]).toMatchObject({
          isPaused: false,
          serves: world.stack.pointer,
        })
      expect(world.stack.pointer).toBe(phase === 'committed' ? 'new' : 'old')
    }),
    { numRuns: 5_000 },
  )
  expect(endings.committed).toBeGreaterThan(100)
  expect(endings.undone).toBeGreaterThan(100)
})
