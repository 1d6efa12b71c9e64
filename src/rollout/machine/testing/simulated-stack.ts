import fc from 'fast-check'

import type { InstanceName } from '../../../contracts/index.ts'
import { instanceNames, otherInstance } from '../../../contracts/index.ts'
import type { Step } from '../plan.ts'

export type Version = 'old' | 'new'

/** An instance as the gateway and its own process see it. */
type Instance = { isAlive: boolean; isPaused: boolean; serves: Version; candidate: Version | undefined }

/** How a step goes: as it can, or it fails, before or after it has changed something. */
export type Outcome = 'as it can' | 'failed after it was done' | 'failed before'

/** A stack in which the steps of a rollout really change something, and processes die and come back. */
export class SimulatedStack {
  pointer: Version = 'old'
  /** Whether the new version was made to serve anywhere: only then may it answer. */
  isTried = false
  readonly instances: Record<InstanceName, Instance> = {
    primary: { isAlive: true, isPaused: false, serves: 'old', candidate: undefined },
    backup: { isAlive: true, isPaused: false, serves: 'old', candidate: undefined },
  }

  /** Carries out a step; returns whether it was done, and the answer says so. */
  carryOut(step: Step, outcome: Outcome): boolean {
    // The pointer moves and says so, or it does not move.
    const isEarly = outcome === 'failed before' || (step.action === 'commit' && outcome !== 'as it can')
    const isDone = (!isEarly || this.#isCertain(step)) && this.#change(step)
    if (!isDone && step.action === 'restore') this.#kill(step.instance)
    return isDone && outcome === 'as it can'
  }

  /** A process dies, unless it is the last that lives; returns whether it did. */
  die(name: InstanceName): boolean {
    if (!this.instances[name].isAlive || !this.instances[otherInstance(name)].isAlive) return false
    this.#kill(name)
    return true
  }

  comeBack(name: InstanceName): void {
    if (!this.instances[name].isAlive)
      Object.assign(this.instances[name], { isAlive: true, serves: this.pointer, candidate: undefined })
  }

  /** Whom the gateway asks: the primary, else the backup; one that is paused if nothing else is left. */
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

  /** False if the step is refused, or nobody is there to do it. */
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

/** How the steps of a course may end, and who may come back in it, as often as a property test tries each. */
export const commonHappenings = [
  { weight: 12, arbitrary: fc.constant({ what: 'step', outcome: 'as it can' } as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'step', outcome: 'failed after it was done' } as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'step', outcome: 'failed before' } as const) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...instanceNames)
      .map((instance) => ({ what: 'come back', instance }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'superseded' } as const) },
] as const
