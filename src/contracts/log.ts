export type LogLevel = 'info' | 'warning' | 'error'

/** Where a process writes its logs: paths, or `-` for standard output and standard error. Without `error` that is standard error. */
export type LogFiles = { readonly access?: string | undefined; readonly error?: string | undefined }

/** Writes one line of a process's log. */
export type Log = (level: LogLevel, message: string) => void
