/** The course of a rollout as a pure state machine. */
export type { Step } from './plan.ts'
export { describeStep } from './plan.ts'
export type { RolloutEffect, RolloutEvent, RolloutFailure, RolloutState } from './step.ts'
export { idle, step } from './step.ts'
