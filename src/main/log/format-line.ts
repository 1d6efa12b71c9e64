import type { LogLevel } from '../../config/schema/index.ts'
import type { LogFields } from '../../contracts/index.ts'
import { showControls } from '../../contracts/index.ts'

/** The priorities of syslog, which systemd's journal reads at the beginning of a line. */
const priorities: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warning: 4, error: 3 }

export type Line = LogFields & {
  readonly level: LogLevel
  readonly message: string
  /** The process that writes it: `primary 0`; undefined for the supervisor. */
  readonly process: string | undefined
  readonly pid: number
  readonly nowMs: number
  /** How control characters of a message are shown; by default so that it stays one line. */
  readonly show?: (message: string) => string
}

/** A line as gunicorn writes it: `[2026-11-23 08:00:00 +0000] [4711] [INFO] primary 0: …`, with its end. */
export function formatTextLine(line: Line): string {
  const { level, message, process, pid, nowMs, requestId, show = showControls } = line
  const time = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')
  const begin = process === undefined ? '' : `${process}: `
  const [first = '', ...more] = show(message).split('\n')
  // Behind what happened, not behind the frames of an error.
  const end = requestId === undefined ? '' : ` (request ${requestId})`
  const lines = [`${begin}${first}${end}`, ...more].join('\n')
  return `[${time} +0000] [${pid}] [${level.toUpperCase()}] ${lines}\n`
}

/** The same with the priority in front. */
export function formatJournalLine(line: Line): string {
  return `<${priorities[line.level]}>${formatTextLine(line)}`
}

// What JSON leaves as it is and a terminal obeys; only strings have them, so that an escape means the same.
const controls = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** A line of JSON that a terminal shows literally. */
export function escapeControls(json: string): string {
  return json.replace(controls, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
