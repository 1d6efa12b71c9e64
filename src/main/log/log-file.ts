import { closeSync, openSync, writeSync } from 'node:fs'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'

/** The end of a file that several processes write to, each whole lines. */
export type LogFile = {
  /** Never throws: lines that cannot be written are dropped. */
  readonly write: (text: string, encoding: 'utf8' | 'latin1') => void
  /** Continues in the file that has the path now. */
  readonly reopen: () => void
}

/** Opens a log file, or makes it. Throws `log_unwritable`. */
export function openLogFile(path: string): LogFile {
  let fd = open(path)
  let hasComplained = false
  const orComplain = (work: () => void): void => {
    try {
      work()
      hasComplained = false
    } catch (error) {
      // Once: a full disk fails every line.
      if (!hasComplained) process.stderr.write(`${toMessage(error)}\n`)
      hasComplained = true
    }
  }
  return {
    write: (text, encoding) => orComplain(() => writeAll(fd, Buffer.from(text, encoding))),
    reopen: () =>
      orComplain(() => {
        const before = fd
        fd = open(path)
        closeSync(before)
      }),
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'a')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new ChangeoverError(
      'log_unwritable',
      `the log file ${path} cannot be written (${code}); name one in a folder that this user may write to`,
      { cause: error },
    )
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
}
