import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

import { cliPath } from '../../harness/paths.ts'
import { processTree } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'
import { showLog } from './show-log.ts'

/** A `changeover serve` of the built program. */
export type Serve = {
  /** Its first address of HTTP. */
  readonly address: string
  readonly pid: number
  /** The processes of its workers that run now. */
  readonly workers: () => readonly number[]
  readonly log: () => string
  /** Kills it and its workers. */
  readonly kill: () => void
  readonly signal: (signal: NodeJS.Signals) => void
  /** Stops it, by default with SIGTERM; returns its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

export type ServeOptions = {
  readonly cwd?: string
  /** Where it writes its log in place of standard error. */
  readonly logFile?: string
}

export async function startServe(
  args: readonly string[],
  { cwd, logFile }: ServeOptions = {},
): Promise<Serve> {
  const child = spawn(process.execPath, [cliPath, 'serve', ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const log = (): string =>
    showLog(logFile !== undefined && existsSync(logFile) ? printed + readFileSync(logFile, 'utf8') : printed)
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const pid = child.pid ?? 0
  await until('serve listens', () => {
    if (child.exitCode !== null) throw new Error(`serve did not start:\n${log()}`)
    return log().includes(' listening at ')
  })
  return {
    address: / listening at (http:[^ ,]+)/.exec(log())?.[1] ?? '',
    pid,
    workers: () => processTree(pid).slice(1),
    log,
    kill: () => {
      for (const one of processTree(pid)) process.kill(one, 'SIGKILL')
    },
    signal: (signal) => void child.kill(signal),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return exited
    },
  }
}
