/** The control API of a running stack, and its client. */
export { createControlClient } from './control-client.ts'
export type { ControlClient } from './control-client.ts'
export { ControlServer } from './control-server.ts'
export type { ControlHandlers } from './control-server.ts'
