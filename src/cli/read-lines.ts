import { createReadStream } from 'node:fs'

import { ChangeoverError } from '../contracts/index.ts'

/**
 * The lines of a file, or of standard input where it is called -, in UTF-8 and without their line feeds; a byte
 * that is none comes as U+FFFD. Unlike node:readline it ends a line at a line feed alone, as fastText does.
 * Throws `bad_body` where the file cannot be read.
 */
export async function* readLines(file: string): AsyncGenerator<string[]> {
  const stream = file === '-' ? process.stdin : createReadStream(file)
  stream.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      yield lines
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ChangeoverError('bad_body', `the lines cannot be read from ${file}: ${why}`, { cause: error })
  }
  if (rest !== '') yield [rest]
}
