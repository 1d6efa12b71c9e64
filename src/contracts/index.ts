/** What crosses a process or the network: the configuration, the messages between processes, the error codes. */
export type * from './bake.ts'

export * from './control.ts'
export { defined } from './defined.ts'
export * from './errors.ts'
export { escapeHtml } from './escape-html.ts'
export * from './gates.ts'
export * from './history.ts'
export * from './instance-name.ts'
export * from './log.ts'
export * from './messages.ts'
export * from './model-version.ts'
export * from './show-controls.ts'
