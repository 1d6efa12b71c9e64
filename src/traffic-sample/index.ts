/** The record of the texts that are sent to models: written by workers if it is enabled, read by the gates and by people. */
export { readRecord } from './read-record.ts'
export type { RecorderOptions, Redact } from './recorder.ts'
export { Recorder } from './recorder.ts'
