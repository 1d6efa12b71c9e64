/** What a page or a terminal follows: one stream of what happens to a stack, for many readers. */
export { describeSecond } from './describe-second.ts'
export type { StreamReader } from './event-stream.ts'
export { EventStream } from './event-stream.ts'
export { describeWatched } from './watched-status.ts'
