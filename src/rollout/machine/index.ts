/** The course of a rollout as a pure state machine. */
export { describeStep } from './plan.ts'
export type { Step } from './plan.ts'
export { idle, step } from './step.ts'
export type { RolloutEffect, RolloutEvent, RolloutFailure, RolloutState } from './step.ts'
