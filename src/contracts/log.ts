export type LogLevel = 'info' | 'warning' | 'error'

/** Writes one line of a process's log. */
export type Log = (level: LogLevel, message: string) => void
