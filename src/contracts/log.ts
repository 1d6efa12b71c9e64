import type { AccessLogFormat, LogFormat, LogLevel } from '../config/schema/index.ts'

export type { LogLevel } from '../config/schema/index.ts'

/** Where a process writes its logs: paths, or `-` for standard output and standard error. Without `error` that is standard error. */
export type LogFiles = { readonly access?: string | undefined; readonly error?: string | undefined }

/** What a process writes to its logs, and how: the keys of the configuration. */
export type LogSettings = {
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly accessLogFormat: AccessLogFormat
}

/** What a line is about, besides its message. No text of a caller belongs here. */
export type LogFields = { readonly requestId?: string | undefined }

/** Writes one line of a process's log. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void
