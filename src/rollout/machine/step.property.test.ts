import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { InstanceName } from '../../contracts/index.ts'
import { instanceNames, otherInstance } from '../../contracts/index.ts'
import type { Step } from './plan.ts'
import type { RolloutEffect, RolloutEvent, RolloutState } from './step.ts'
import { idle, step } from './step.ts'

type Version = 'old' | 'new'

/** An instance as the gateway and its own process see it. */
type Instance = { isAlive: boolean; isPaused: boolean; serves: Version; candidate: Version | undefined }

/** A stack in which the steps of a rollout really change something, and processes die and come back. */
class World {
  state: RolloutState = idle
  pointer: Version = 'old'
  /** Whether the new version was made to serve anywhere: only then may it answer. */
  isTried = false
  readonly instances: Record<InstanceName, Instance> = {
    primary: { isAlive: true, isPaused: false, serves: 'old', candidate: undefined },
    backup: { isAlive: true, isPaused: false, serves: 'old', candidate: undefined },
  }
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
  carryOut(outcome: 'as it can' | 'failed after it was done' | 'failed before'): void {
    const { awaited } = this
    if (awaited === undefined) return
    const isDone =
      (outcome !== 'failed before' || this.#isCertain(awaited.step)) && this.#change(awaited.step)
    if (!isDone && awaited.step.action === 'restore') this.#kill(awaited.step.instance)
    if (isDone && outcome === 'as it can') this.feed({ type: 'done', run: awaited.run })
    else this.feed({ type: 'failed', run: awaited.run, reason: outcome })
  }

  /** A process dies, unless it is the last that lives. */
  die(name: InstanceName): void {
    if (!this.instances[name].isAlive || !this.instances[otherInstance(name)].isAlive) return
    this.#kill(name)
    this.feed({ type: 'died', instance: name, reason: 'killed' })
  }

  comeBack(name: InstanceName): void {
    if (!this.instances[name].isAlive)
      Object.assign(this.instances[name], { isAlive: true, serves: this.pointer, candidate: undefined })
  }

  /** Whom the gateway asks: the primary, else the backup; one that is paused where nothing else is left. */
  route(): Instance | undefined {
    const alive = instanceNames.map((name) => this.instances[name]).filter(({ isAlive }) => isAlive)
    return alive.find(({ isPaused }) => !isPaused) ?? alive[0]
  }

  /** The driver sees to it that nobody stays paused, and replaces a process that is not put back; the last that lives is put back. */
  #isCertain(step: Step): boolean {
    if (step.action === 'restore') return !this.instances[otherInstance(step.instance)].isAlive
    return step.action === 'resume'
  }

  #kill(name: InstanceName): void {
    this.instances[name].isAlive = false
  }

  /** False where the step is refused, or nobody is there to do it. */
  #change(step: Step): boolean {
    if (step.action === 'commit') {
      this.pointer = 'new'
      return true
    }
    const instance = this.instances[step.instance]
    const other = this.instances[otherInstance(step.instance)]
    switch (step.action) {
      case 'pause':
        if (!other.isAlive || other.isPaused) return false
        instance.isPaused = true
        return true
      case 'resume':
        instance.isPaused = false
        return true
      case 'bake':
        return true
      case 'warm':
      case 'selfTest':
        return instance.isAlive && instance.candidate !== undefined
      case 'load':
        if (instance.isAlive) instance.candidate = 'new'
        return instance.isAlive
      case 'activate':
        if (!instance.isAlive || instance.candidate === undefined) return false
        instance.serves = instance.candidate
        this.isTried = true
        instance.candidate = undefined
        return true
      case 'discard':
        instance.candidate = undefined
        return instance.isAlive
      case 'restore':
        if (!instance.isAlive) return false
        Object.assign(instance, { serves: 'old', candidate: undefined })
        return true
    }
  }
}

function check(world: World): void {
  const { primary, backup } = world.instances
  const asked = world.route()
  expect(asked, 'at least one instance lives, so one is asked').toBeDefined()
  if (primary.isAlive && backup.isAlive)
    expect(primary.isPaused && backup.isPaused, 'one of two that live is ready').toBe(false)
  // What is asked was active before, or is being tried: a candidate answers nobody, and nothing is being tried once it is over.
  if (world.state.phase === 'undone') expect(asked?.serves).toBe('old')
  if (world.state.phase === 'committed') expect(asked?.serves).toBe('new')
  if (!world.isTried) expect(asked?.serves, 'a candidate answers nobody').toBe('old')
}

const name = fc.constantFrom(...instanceNames)
const happening = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ what: 'step', outcome: 'as it can' } as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'step', outcome: 'failed after it was done' } as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'step', outcome: 'failed before' } as const) },
  { weight: 2, arbitrary: name.map((instance) => ({ what: 'die', instance }) as const) },
  { weight: 3, arbitrary: name.map((instance) => ({ what: 'come back', instance }) as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'late answer' } as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'superseded' } as const) },
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
        if (now.what === 'come back') world.comeBack(now.instance)
        if (now.what === 'superseded') {
          const { phase } = world.state
          const isCommitting = world.awaited?.step.action === 'commit'
          world.feed({ type: 'superseded', reason: 'the rollback of m@1 goes first' })
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
      for (const instance of instanceNames) world.comeBack(instance)
      const { phase } = world.state
      if (phase !== 'committed' && phase !== 'undone') throw new Error(`it did not end, but is ${phase}`)
      endings[phase]++
      for (const instance of instanceNames)
        expect(world.instances[instance]).toMatchObject({ isPaused: false, serves: world.pointer })
      expect(world.pointer).toBe(phase === 'committed' ? 'new' : 'old')
    }),
    { numRuns: 5_000 },
  )
  expect(endings.committed).toBeGreaterThan(100)
  expect(endings.undone).toBeGreaterThan(100)
})
