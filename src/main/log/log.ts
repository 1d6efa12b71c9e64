import type { Log, LogFiles } from '../../contracts/index.ts'
import { showControls, showControlsByLine } from '../../contracts/index.ts'
import { isDevelopment } from '../mode.ts'
import type { LogFile } from './log-file.ts'
import { openLogFile } from './log-file.ts'
import { withoutOwnFrames } from './without-own-frames.ts'

/** Lines of the access log are written together: this often, or at this many characters. */
const flushMs = 1_000
const flushLength = 64 * 1024

// The log's file or pipe may be closed; the process must still work.
process.stderr.on('error', () => undefined)

/** Undefined while the log is standard error. */
let errorFile: LogFile | undefined

/**
 * A log in the form that gunicorn's users know, one line a record: `[2026-11-23 08:00:00 +0000] [4711] [INFO] …`. In development
 * a stack has its lines.
 */
export const log: Log = (level, message) => {
  const shown = isDevelopment() ? showControlsByLine(withoutOwnFrames(message)) : showControls(message)
  const time = new Date().toISOString().slice(0, 19).replace('T', ' ')
  const line = `[${time} +0000] [${process.pid}] [${level.toUpperCase()}] ${shown}\n`
  if (errorFile === undefined) process.stderr.write(line)
  else errorFile.write(line, 'utf8')
}

/** The log files of a process. */
export type Logs = {
  /** Takes a line of the access log, without its end; undefined if there is none. */
  readonly logAccess: ((line: string) => void) | undefined
  /** Reopens the files by their paths: the old ones may have been moved away. */
  readonly reopenLogs: () => void
}

/** Opens the log files of this process; from now on `log` writes to its own. Throws `log_unwritable`. */
export function openLogs({ access, error }: LogFiles): Logs {
  if (error !== undefined && error !== '-') errorFile = openLogFile(error)
  const accessFile = access === undefined || access === '-' ? undefined : openLogFile(access)
  const lines = collectLines((text) => {
    if (accessFile === undefined) process.stdout.write(text, 'latin1')
    else accessFile.write(text, 'latin1')
  })
  return {
    logAccess: access === undefined ? undefined : lines.add,
    reopenLogs: () => {
      lines.flush()
      accessFile?.reopen()
      errorFile?.reopen()
    },
  }
}

/** Buffers lines, so that each costs a request little; the rest is written when the process exits. */
function collectLines(write: (text: string) => void): {
  readonly add: (line: string) => void
  readonly flush: () => void
} {
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting !== '') write(waiting)
    waiting = ''
  }
  process.on('exit', flush)
  return {
    add: (line) => {
      waiting += `${line}\n`
      if (waiting.length >= flushLength) flush()
      else timer ??= setTimeout(flush, flushMs).unref()
    },
    flush,
  }
}
