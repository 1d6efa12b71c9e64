/** The control API of a running stack, and its client. */
export type { ControlClient } from './control-client.ts'
export { createControlClient } from './control-client.ts'
export type { ControlHandlers } from './control-server.ts'
export { ControlServer } from './control-server.ts'
