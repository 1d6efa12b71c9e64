import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'

import type { LogFormat } from '../../config/schema/index.ts'

/** How a line of the log looks: as gunicorn's, the same with the priority that systemd's journal reads, or JSON. */
export type LogForm = 'text' | 'journal' | 'json'

export type LogTarget = {
  /** Whether the log has a file of its own, which the command line names. */
  readonly isFile: boolean
  readonly isTerminal: boolean
  readonly isJournal: boolean
}

/**
 * Text where people read it: on a terminal, in systemd's journal, and in a file of gunicorn's flag, which has had gunicorn's form
 * ever since. Elsewhere programs read it, and get JSON.
 */
export function chooseForm(format: LogFormat, { isFile, isTerminal, isJournal }: LogTarget): LogForm {
  if (format === 'json') return 'json'
  if (isJournal && !isFile) return 'journal'
  return format === 'text' || isFile || isTerminal ? 'text' : 'json'
}

/** What standard error is. */
export function describeStandardError(env: NodeJS.ProcessEnv): Omit<LogTarget, 'isFile'> {
  return { isTerminal: isatty(2), isJournal: leadsToJournal(env['JOURNAL_STREAM']) }
}

/** systemd names the device and the inode of the stream, since a child that leads it elsewhere inherits the variable. */
function leadsToJournal(stream: string | undefined): boolean {
  if (stream === undefined) return false
  try {
    const { dev, ino } = fstatSync(2)
    return stream === `${dev}:${ino}`
  } catch {
    return false
  }
}
