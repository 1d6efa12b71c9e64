const name = 'CHANGEOVER_MODE'
const development = 'development'

/** Whether this process is one of `changeover dev`. */
export function isDevelopment(): boolean {
  return process.env[name] === development
}

/** Says to this process, to those that it starts and to the service that code is being written: answers are checked. */
export function setDevelopment(): void {
  process.env[name] = development
  process.env['CHANGEOVER_CHECK_ANSWERS'] ??= '1'
}
