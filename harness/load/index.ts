/** Clients of every kind that write down what they send and what comes. */
export type { Address } from './connection.ts'
export type { LearntVersion } from './learn-answers.ts'
export { learnAnswers } from './learn-answers.ts'
export type { LoadRequest } from './requests.ts'
export { exampleRequests, readRequests } from './requests.ts'
export type { Load, LoadPlan } from './start-load.ts'
export { calmPlan, emptyPlan, startLoad } from './start-load.ts'
