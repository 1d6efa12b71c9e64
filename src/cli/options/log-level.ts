import { logLevels } from '../../config/schema/index.ts'
import type { LogLevel } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'

/** Returns a parser for a level of the log. It throws `bad_usage` with the levels that there are. */
export function logLevel(what: string): (value: string) => LogLevel {
  return (value) => {
    // gunicorn has one more, and takes them in any case.
    const wanted = value.toLowerCase() === 'critical' ? 'error' : value.toLowerCase()
    const level = logLevels.find((one) => one === wanted)
    if (level !== undefined) return level
    throw new ChangeoverError('bad_usage', `${what} is one of ${logLevels.join(', ')}, not “${value}”`)
  }
}
