/** From the most to the fewest lines; each has those behind it, too. */
export const logLevels = ['debug', 'info', 'warning', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** `auto` is text where people read, and JSON elsewhere. */
export const logFormats = ['auto', 'text', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

export const accessLogFormats = ['gunicorn', 'json'] as const
export type AccessLogFormat = (typeof accessLogFormats)[number]
