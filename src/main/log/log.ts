import pino from 'pino'

import type { Log, LogFields, LogFiles, LogLevel, LogSettings } from '../../contracts/index.ts'
import { showControls, showControlsByLine } from '../../contracts/index.ts'
import type { Answered } from '../../http/index.ts'
import { formatAccessJson, formatAccessLine } from '../../http/index.ts'
import { isDevelopment } from '../mode.ts'
import { collectLines } from './collect-lines.ts'
import { escapeControls, formatJournalLine, formatTextLine } from './format-line.ts'
import type { LogFile } from './log-file.ts'
import { openLogFile } from './log-file.ts'
import type { LogForm } from './log-form.ts'
import { chooseForm, describeStandardError } from './log-form.ts'
import { withoutOwnFrames } from './without-own-frames.ts'

/** Those of a start by a build that has no such settings. */
const defaults: LogSettings = { logLevel: 'info', logFormat: 'auto', accessLogFormat: 'gunicorn' }

// The stream is also written to by what is not the log, and may be closed; the process must still work.
process.stderr.on('error', () => undefined)

const standardError = openLogFile(2, () => undefined)
/** Undefined while the log is standard error. */
let errorFile: LogFile | undefined
let settings = defaults
let form: LogForm = findForm()

const logger = pino(
  {
    customLevels: { debug: 20, info: 30, warning: 40, error: 50 },
    useOnlyCustomLevels: true,
    level: defaults.logLevel,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  },
  { write: (line) => write(escapeControls(line)) },
)

/** The log of this process. `name` is who it is in its stack: `primary 0`; undefined for the supervisor. */
export function createLog(name: string | undefined): Log {
  return (level, message, fields = {}) => {
    if (!logger.isLevelEnabled(level)) return
    if (form === 'json') logger[level]({ process: name ?? 'supervisor', ...fields }, message)
    else write(formatText(level, message, name, fields))
  }
}

/** The log of a supervisor. */
export const log = createLog(undefined)

/** In development a stack has its lines. */
function formatText(level: LogLevel, message: string, name: string | undefined, fields: LogFields): string {
  const show = isDevelopment() ? (text: string) => showControlsByLine(withoutOwnFrames(text)) : showControls
  const line = { ...fields, level, message, process: name, pid: process.pid, nowMs: Date.now(), show }
  return form === 'journal' ? formatJournalLine(line) : formatTextLine(line)
}

function write(line: string): void {
  ;(errorFile ?? standardError).write(Buffer.from(line))
}

function findForm(): LogForm {
  const isFile = errorFile !== undefined || isDevelopment()
  return chooseForm(settings.logFormat, { ...describeStandardError(process.env), isFile })
}

/** The log files of a process. */
export type Logs = {
  /** Takes what was answered for the access log; undefined if there is none. */
  readonly logAccess: ((answered: Answered) => void) | undefined
  /** Reopens the files by their paths: the old ones may have been moved away. */
  readonly reopenLogs: () => void
  readonly setLogLevel: (level: LogLevel) => void
}

/** Opens the log files of this process; from now on its logs write to them. Throws `log_unwritable`. */
export function openLogs({ access, error }: LogFiles, wanted = defaults): Logs {
  if (error !== undefined && error !== '-')
    errorFile = openLogFile(error, (message) => standardError.write(Buffer.from(`${message}\n`)))
  setLogSettings(wanted)
  const accessLog = access === undefined ? undefined : openAccessLog(access, wanted)
  // Node writes it to standard error itself, as text.
  process.on('uncaughtExceptionMonitor', ({ stack, message }: Error) => {
    if (errorFile !== undefined || form === 'json') log('error', `uncaught: ${stack ?? message}`)
  })
  return {
    logAccess: accessLog?.add,
    reopenLogs: () => {
      accessLog?.reopen()
      errorFile?.reopen()
    },
    setLogLevel: (level) => (logger.level = level),
  }
}

/** Applies what a configuration says of the logs to this process. */
export function setLogSettings(wanted: LogSettings): void {
  settings = wanted
  logger.level = wanted.logLevel
  form = findForm()
}

/** Whether programs read standard error, so that all of it must be lines of JSON. */
export function isErrorJson(): boolean {
  return form === 'json' && errorFile === undefined
}

function openAccessLog(path: string, { accessLogFormat }: LogSettings) {
  const isStream = path === '-'
  const file = openLogFile(isStream ? 1 : path, (message) => log('error', message))
  const format = accessLogFormat === 'json' ? formatAccessJson : formatAccessLine
  const lines = collectLines(file.write, { isStream })
  return {
    add: (answered: Answered) => lines.add(format(answered, Date.now())),
    reopen: () => {
      lines.flush()
      file.reopen()
    },
  }
}
