import { createReadStream } from 'node:fs'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import { readLineBatches } from './read-line-batches.ts'

/** The lines of a text file, many at a time; the file - is standard input. Throws `bad_usage` if it cannot be read, and `bad_utf8`. */
export async function* readLines(file: string): AsyncGenerator<string[]> {
  try {
    if (file === '-') yield* readLineBatches(process.stdin, 'standard input')
    else yield* readLineBatches(createReadStream(file), file)
  } catch (error) {
    if (error instanceof ChangeoverError) throw error
    const why = toMessage(error)
    throw new ChangeoverError('bad_usage', `${file} cannot be read: ${why}; specify a text file`, {
      cause: error,
    })
  }
}
