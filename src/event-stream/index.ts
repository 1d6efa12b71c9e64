/** What a page or a terminal follows: one stream of what happens to a stack, for many readers. */
export type { StreamReader } from './event-stream.ts'
export { EventStream } from './event-stream.ts'
export { GatewayRates } from './gateway-rates.ts'
export { LabelMixes } from './label-mixes.ts'
export { describeWatched } from './watched-status.ts'
