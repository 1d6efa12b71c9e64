/** The control API of a running stack, and its client. */
export type { ControlClient } from './control-client.ts'
export { createControlClient } from './control-client.ts'
export type { ControlHandlers } from './control-routes.ts'
export { createControlRoutes } from './control-routes.ts'
export { ControlServer } from './control-server.ts'
