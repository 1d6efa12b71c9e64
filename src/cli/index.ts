/** The commands. */
export { exitCodeOf } from './exit-code.ts'
export { createProgram } from './program.ts'
export type { ServeOptions } from './serve.ts'
export type { Processes } from './program.ts'
