/** Length-prefixed frames on a Unix socket between the processes of one machine. */
export { sendCommand } from './command-client.ts'
export type { Frame, LinkRequest, LinkResponse } from './frame.ts'
export { decodeRequest, decodeResponse, frameTypes } from './frame.ts'
export { Link } from './link.ts'
export { LinkServer } from './link-server.ts'
export type { ProcessLife } from './obey-process-command.ts'
export { obeyProcessCommand, refuseCommand } from './obey-process-command.ts'
