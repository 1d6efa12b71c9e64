/** The run folder: where it is, whose it is, who listens in it; and that a process is still the one that was meant. */
export { checkSocket, currentUserId } from './check-folder.ts'
export { isAnswered, listenOn } from './listen-on.ts'
export { locateRunFolder, prepareRunFolder } from './locate.ts'
export { findOwner, hasHadOwner, takeOwnership } from './owner.ts'
export type { ProcessIdentity } from './process-identity.ts'
export { identify, isAlive, isStopped, kill, signalProcess } from './process-identity.ts'
