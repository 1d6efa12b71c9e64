import { performance } from 'node:perf_hooks'

import type { BakeReport, DeployEvent, InstanceName } from '../contracts/index.ts'
import { ChangeoverError, defined, toMessage } from '../contracts/index.ts'
import { BakeFailure } from './bake.ts'
import { EventQueue } from './event-queue.ts'
import type { RolloutEffect, RolloutEvent, RolloutFailure, RolloutState, Step } from './machine/index.ts'
import { describeStep, idle, step as advance } from './machine/index.ts'

/** What is worth saying about a step that is done. */
export type StepResult = { readonly detail?: string; readonly bake?: BakeReport }

/**
 * Carries out one step; rejects if it failed. A step that `signal` cancels is not waited for: it gives up when it can, and what
 * comes of it then is ignored.
 */
export type CarryOut = (step: Step, signal: AbortSignal) => Promise<StepResult>

export type RolloutRun = {
  /** Tells the rollout that a process of an instance has ended. */
  readonly died: (instance: InstanceName, reason: string) => void
  /** Has the rollout undo what it has begun, unless it is being committed. */
  readonly supersede: (reason: string) => void
  /** Whether the new version may have answered callers. */
  readonly hasServed: () => boolean
  /** Resolves when the new version is committed; rejects with `rollout_failed` when each instance was told to go back to the old one. */
  readonly finished: Promise<void>
}

/** Starts a rollout, whose order the state machine alone decides. */
export function runRollout(carryOut: CarryOut, emit: (event: DeployEvent) => void): RolloutRun {
  const driver = new Driver(carryOut, emit)
  return {
    died: (instance, reason) => driver.tell({ type: 'died', instance, reason }),
    supersede: (reason) => driver.tell({ type: 'superseded', reason }),
    hasServed: () => driver.hasServed,
    finished: driver.run(),
  }
}

/** An event for the state machine; what answers a step comes with what there is to report of it. */
type Arrival = { readonly event: RolloutEvent; readonly result?: StepResult }

type StepInProgress = {
  readonly run: number
  readonly name: string
  readonly isUndo: boolean
  readonly begunMs: number
  readonly abort: AbortController
}

class Driver {
  readonly #carryOut: CarryOut
  readonly #emit: (event: DeployEvent) => void
  readonly #arrivals = new EventQueue<Arrival>()
  /** The step that is waited for. */
  #inProgress: StepInProgress | undefined
  readonly #notUndone: string[] = []
  hasServed = false

  constructor(carryOut: CarryOut, emit: (event: DeployEvent) => void) {
    this.#carryOut = carryOut
    this.#emit = emit
  }

  tell(event: RolloutEvent): void {
    this.#arrivals.push({ event })
  }

  /** Feeds the state machine with one event after another, and does what it says, until the rollout is over. */
  async run(): Promise<void> {
    let state: RolloutState = idle
    this.tell({ type: 'begin' })
    for (;;) {
      const { event, result } = await this.#arrivals.take()
      if (event.type === 'done' || event.type === 'failed') this.#reportAnswer(event, result)
      const transition = advance(state, event)
      state = transition.state
      for (const effect of transition.effects)
        if (effect.type === 'cancel') this.#cancel(effect.reason)
        else this.#start(effect, state.phase === 'undoing')
      if (state.phase === 'committed') return
      if (state.phase === 'undone') throw undoneError(state.failure, this.#notUndone)
    }
  }

  #start({ run, step }: Extract<RolloutEffect, { type: 'run' }>, isUndo: boolean): void {
    if (step.action === 'activate') this.hasServed = true
    const name = describeStep(step)
    const abort = new AbortController()
    this.#inProgress = { run, name, isUndo, begunMs: performance.now(), abort }
    this.#emit({ type: 'step', step: name, state: 'started' })
    this.#carryOut(step, abort.signal).then(
      (result) => this.#arrivals.push({ event: { type: 'done', run }, result }),
      (error: unknown) => {
        const reason = toMessage(error)
        const bake = error instanceof BakeFailure ? error.report : undefined
        this.#arrivals.push({
          event: { type: 'failed', run, reason },
          result: { detail: reason, ...defined({ bake }) },
        })
      },
    )
  }

  /** Does nothing if the step has ended by failing. */
  #cancel(reason: string): void {
    const cancelled = this.#inProgress
    if (cancelled === undefined) return
    this.#reportEnd(cancelled, 'failed', { detail: reason })
    cancelled.abort.abort()
  }

  /** Reports nothing of a step that was cancelled. */
  #reportAnswer(
    { type, run }: Extract<RolloutEvent, { type: 'done' | 'failed' }>,
    result: StepResult = {},
  ): void {
    const answered = this.#inProgress
    if (answered?.run === run) this.#reportEnd(answered, type, result)
  }

  #reportEnd(
    { name, isUndo, begunMs }: StepInProgress,
    state: 'done' | 'failed',
    { detail, bake }: StepResult,
  ): void {
    this.#inProgress = undefined
    if (state === 'failed' && isUndo) this.#notUndone.push(name)
    const durationMs = performance.now() - begunMs
    this.#emit({ type: 'step', step: name, state, durationMs, detail, ...defined({ bake }) })
  }
}

function undoneError({ step, reason }: RolloutFailure, notUndone: readonly string[]): ChangeoverError {
  const outcome =
    notUndone.length === 0
      ? 'every instance serves the old version'
      : `every instance was told to go back, but ${notUndone.join(', ')} failed; a process that restarts serves the old version, and \`changeover status\` shows which does`
  return new ChangeoverError('rollout_failed', `the step “${step}” failed: ${reason}; ${outcome}`)
}
