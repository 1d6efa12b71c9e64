/** The run folder: its path, its owner, its sockets; and the identity of a process. */
export { checkSocket, currentUserId } from './check-folder.ts'
export { isAnswered, listenOn } from './listen-on.ts'
export { listenOnTcp } from './listen-on-tcp.ts'
export { locateRunFolder, prepareRunFolder } from './locate.ts'
export { findOwner, hasHadOwner, takeOwnership } from './owner.ts'
export type { ProcessIdentity } from './process-identity.ts'
export { identify, isAlive, isStopped, kill, signalProcess } from './process-identity.ts'
