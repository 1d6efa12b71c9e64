/** The commands. */
export { exitCodeOf } from './output/exit-code.ts'
export { printAside } from './output/terminal.ts'
export { createProgram } from './program.ts'
export type { StartOptions } from './options/gunicorn-options.ts'
export type { Processes } from './program.ts'
