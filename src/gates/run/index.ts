/** Tries a version before it serves, in a process that can be lost: reads, loads, measures, and has the gates decide. */
export { memoryFiles, readMemoryLeft } from './memory-left.ts'
export { readGoldenSet } from './read-golden-set.ts'
export { runGates } from './run-gates.ts'
