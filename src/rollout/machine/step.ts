import type { InstanceName } from '../../contracts/index.ts'
import type { Step } from './plan.ts'
import { describeStep, forwardPlan, undoPlan } from './plan.ts'

/** Why a rollout failed: the step under way, and what went wrong in it. */
export type RolloutFailure = { readonly step: string; readonly reason: string }

/** `run` numbers the steps, so that a late answer is not taken for the one that is awaited. */
export type RolloutState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'advancing'; readonly run: number; readonly stepIndex: number }
  | {
      readonly phase: 'undoing'
      readonly run: number
      readonly plan: readonly Step[]
      readonly stepIndex: number
      readonly failure: RolloutFailure
    }
  | { readonly phase: 'committed' }
  | { readonly phase: 'undone'; readonly failure: RolloutFailure }

/** `failed` covers refusals and timeouts; `died` is the end of any process of an instance; `superseded`: something else has priority. */
export type RolloutEvent =
  | { readonly type: 'begin' }
  | { readonly type: 'done'; readonly run: number }
  | { readonly type: 'failed'; readonly run: number; readonly reason: string }
  | { readonly type: 'died'; readonly instance: InstanceName; readonly reason: string }
  | { readonly type: 'superseded'; readonly reason: string }

/** What the driver has to do: carry out a step and answer with its run, or drop the one under way. */
export type RolloutEffect =
  | { readonly type: 'run'; readonly run: number; readonly step: Step }
  | { readonly type: 'cancel'; readonly run: number; readonly reason: string }

export type Transition = { readonly state: RolloutState; readonly effects: readonly RolloutEffect[] }

export const idle: RolloutState = { phase: 'idle' }

/** The whole order of a rollout, without I/O and without a clock. It always ends in `committed` or `undone`. */
export function step(state: RolloutState, event: RolloutEvent): Transition {
  switch (state.phase) {
    case 'idle':
      return event.type === 'begin' ? advanceTo(0, 1) : stay(state)
    case 'advancing':
      return whileAdvancing(state, event)
    case 'undoing':
      return whileUndoing(state, event)
    case 'committed':
    case 'undone':
      return stay(state)
  }
}

type Advancing = Extract<RolloutState, { phase: 'advancing' }>
type Undoing = Extract<RolloutState, { phase: 'undoing' }>

function whileAdvancing(state: Advancing, event: RolloutEvent): Transition {
  switch (event.type) {
    case 'begin':
      return stay(state)
    case 'done':
      return event.run === state.run ? advanceTo(state.stepIndex + 1, state.run + 1) : stay(state)
    case 'failed':
      return event.run === state.run ? undo(state, event.reason) : stay(state)
    case 'died':
    case 'superseded':
      // The commit is under way: its outcome decides, and a process that restarts reads the pointer.
      return forwardPlan[state.stepIndex]?.action === 'commit' ? stay(state) : undo(state, event.reason)
  }
}

/** Nothing stops an undo: an instance that cannot be restored has died, and its next process loads the old version. */
function whileUndoing(state: Undoing, event: RolloutEvent): Transition {
  const answersStep = (event.type === 'done' || event.type === 'failed') && event.run === state.run
  return answersStep ? undoFrom(state, state.stepIndex + 1, state.run + 1) : stay(state)
}

function advanceTo(stepIndex: number, run: number): Transition {
  const next = forwardPlan[stepIndex]
  if (next === undefined) return { state: { phase: 'committed' }, effects: [] }
  return { state: { phase: 'advancing', run, stepIndex }, effects: [{ type: 'run', run, step: next }] }
}

function undo(state: Advancing, reason: string): Transition {
  const failedStep = forwardPlan[state.stepIndex]
  const failure = { step: failedStep === undefined ? 'commit' : describeStep(failedStep), reason }
  const back = undoFrom({ plan: undoPlan(state.stepIndex + 1), failure }, 0, state.run + 1)
  return { ...back, effects: [{ type: 'cancel', run: state.run, reason }, ...back.effects] }
}

function undoFrom(
  { plan, failure }: Pick<Undoing, 'plan' | 'failure'>,
  stepIndex: number,
  run: number,
): Transition {
  const next = plan[stepIndex]
  if (next === undefined) return { state: { phase: 'undone', failure }, effects: [] }
  return {
    state: { phase: 'undoing', run, plan, stepIndex, failure },
    effects: [{ type: 'run', run, step: next }],
  }
}

function stay(state: RolloutState): Transition {
  return { state, effects: [] }
}
