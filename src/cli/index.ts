/** The commands. */
export { exitCodeOf } from './exit-code.ts'
export { createProgram } from './program.ts'
export type { StartOptions } from './gunicorn-options.ts'
export type { Processes } from './program.ts'
