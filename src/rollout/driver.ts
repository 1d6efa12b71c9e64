import { performance } from 'node:perf_hooks'

import type { BakeReport, DeployEvent } from '../contracts/index.ts'
import { ChangeoverError, defined, toMessage } from '../contracts/index.ts'
import { BakeFailure } from './bake.ts'
import type { RolloutEffect, RolloutEvent, RolloutFailure, RolloutState, Step } from './machine/index.ts'
import { describeStep, idle, step as advance } from './machine/index.ts'

/** What is worth saying about a step that is done. */
export type StepResult = { readonly detail?: string; readonly bake?: BakeReport }

/** Carries out one step; rejects where it failed, and gives up when `signal` says so. */
export type CarryOut = (step: Step, signal: AbortSignal) => Promise<StepResult>

export type RolloutRun = {
  /** Tells the rollout that a process of an instance has ended. */
  readonly died: (event: Extract<RolloutEvent, { type: 'died' }>) => void
  /** Has the rollout undo what it has begun, unless it is committed already. */
  readonly supersede: (reason: string) => void
  /** Whether the new version may have answered callers. */
  readonly hasServed: () => boolean
  /** Resolves when the new version is committed; rejects with `rollout_failed` when every instance is back on the old one. */
  readonly finished: Promise<void>
}

/** Drives the state machine of a rollout: carries out its effects and feeds it with what comes of them. */
export function runRollout(carryOut: CarryOut, emit: (event: DeployEvent) => void): RolloutRun {
  let state: RolloutState = idle
  let abort = new AbortController()
  let hasServed = false
  let failStep: (reason: string) => void = () => undefined
  let settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined
  const stepsNotUndone: string[] = []
  const finished = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))

  const feed = (event: RolloutEvent): void => {
    const before = state
    const transition = advance(before, event)
    state = transition.state
    for (const effect of transition.effects) perform(effect)
    if (state === before) return
    if (state.phase === 'committed') settle?.resolve()
    if (state.phase === 'undone') settle?.reject(undoneError(state.failure, stepsNotUndone))
  }

  const perform = (effect: RolloutEffect): void => {
    if (effect.type === 'cancel') {
      if (state.phase === 'undoing') failStep(state.failure.reason)
      abort.abort()
      return
    }
    if (effect.step.action === 'activate') hasServed = true
    abort = new AbortController()
    const name = describeStep(effect.step)
    const isWayBack = state.phase === 'undoing'
    const begunMs = performance.now()
    let reported = false
    const report = (outcome: 'done' | 'failed', { detail, bake }: StepResult): void => {
      if (reported) return
      reported = true
      if (outcome === 'failed' && isWayBack) stepsNotUndone.push(name)
      emit({
        type: 'step',
        step: name,
        state: outcome,
        durationMs: performance.now() - begunMs,
        detail,
        ...defined({ bake }),
      })
    }
    failStep = (reason) => report('failed', { detail: reason })
    emit({ type: 'step', step: name, state: 'started' })
    carryOut(effect.step, abort.signal).then(
      (result) => {
        report('done', result)
        feed({ type: 'done', run: effect.run })
      },
      (error: unknown) => {
        const reason = toMessage(error)
        report('failed', {
          detail: reason,
          ...(error instanceof BakeFailure ? { bake: error.report } : {}),
        })
        feed({ type: 'failed', run: effect.run, reason })
      },
    )
  }

  feed({ type: 'begin' })
  return {
    died: feed,
    supersede: (reason) => feed({ type: 'superseded', reason }),
    hasServed: () => hasServed,
    finished,
  }
}

function undoneError({ step, reason }: RolloutFailure, notUndone: readonly string[]): ChangeoverError {
  const outcome =
    notUndone.length === 0
      ? 'every instance serves the old version'
      : `every instance was told to go back, but ${notUndone.join(', ')} failed; a process that starts anew serves the old version, and \`changeover status\` shows who does`
  return new ChangeoverError('rollout_failed', `the step “${step}” failed: ${reason}; ${outcome}`)
}
