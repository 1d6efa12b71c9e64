/** How a process of the stack comes to be: its listening sockets, its task, its word that it is ready, and its place. */
export { launch, startTimeoutMs } from './launch.ts'
export type { HeldSockets, Launched } from './launch.ts'
export { formatAddress, openListeningSocket } from './listening-socket.ts'
export type { ListeningSocket } from './listening-socket.ts'
export { findInPlace, listProcesses, ownSocket, placeSocket, putInPlace } from './process-sockets.ts'
export type { FoundProcess } from './process-sockets.ts'
export { runChild } from './run-child.ts'
export type { ChildContext, Ending, Part } from './run-child.ts'
