import { join } from 'node:path'

/**
 * Where a record is. A line is a `RecordedText` as JSON; the newer half of what a worker keeps is in the first file.
 *
 *     record/<model>/primary-0.jsonl  primary-0.old.jsonl  backup-0.jsonl  …
 */
export const modelFolder = (recordFolder: string, model: string): string => join(recordFolder, model)

export const recordFile = (recordFolder: string, model: string, writer: string): string =>
  join(modelFolder(recordFolder, model), `${writer}.jsonl`)

export const oldRecordFile = (path: string): string => path.replace(/\.jsonl$/, '.old.jsonl')

/** A text that was sent to a model, redacted by the user's function. */
export type RecordedText = { readonly atMs: number; readonly text: string }
