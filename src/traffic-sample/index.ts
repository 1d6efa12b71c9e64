/** The record of the texts that models are asked: written by workers where it is switched on, read by the gates and by people. */
export { readRecord } from './read-record.ts'
export type { RecorderOptions, Redact } from './recorder.ts'
export { Recorder } from './recorder.ts'
