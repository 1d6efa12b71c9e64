/** The commands. */
export type { StartOptions } from './options/gunicorn-options.ts'
export { exitCodeOf } from './output/exit-code.ts'
export { printAside } from './output/terminal.ts'
export type { Processes } from './program.ts'
export { createProgram } from './program.ts'
