/** Clients of every kind that write down what they send and what comes. */
export type { Address } from './connection.ts'
export { exampleRequests, readRequests } from './requests.ts'
export type { LoadRequest } from './requests.ts'
export { startLoad, steadyPlan } from './start-load.ts'
export type { Load, LoadPlan } from './start-load.ts'
export { createTraffic } from './traffic.ts'
