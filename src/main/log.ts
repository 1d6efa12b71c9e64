import type { Log } from '../contracts/index.ts'

// Where the log went may be gone; what is to be done is to be done all the same.
process.stderr.on('error', () => undefined)

/** A log on standard error, in the form that gunicorn's users know: `[2026-11-23 08:00:00 +0000] [4711] [INFO] …`. */
export const log: Log = (level, message) => {
  const time = new Date().toISOString().slice(0, 19).replace('T', ' ')
  process.stderr.write(`[${time} +0000] [${process.pid}] [${level.toUpperCase()}] ${message}\n`)
}
