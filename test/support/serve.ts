import { spawn } from 'node:child_process'

import { processTree } from '../../bench/tutorial/processes.ts'
import { cliPath } from './paths.ts'
import { until } from './until.ts'

/** A `changeover serve` of the built program. */
export type Serve = {
  readonly pid: number
  /** The processes of its workers that run now. */
  readonly workers: () => readonly number[]
  readonly log: () => string
  /** Kills it and its workers. */
  readonly kill: () => void
  /** Ends it as a terminal would; returns its exit code. */
  readonly stop: () => Promise<number | null>
}

export async function startServe(args: readonly string[], cwd?: string): Promise<Serve> {
  const child = spawn(process.execPath, [cliPath, 'serve', ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const pid = child.pid ?? 0
  await until('serve listens', () => {
    if (child.exitCode !== null) throw new Error(`serve did not start:\n${log}`)
    return log.includes(' listening at ')
  })
  return {
    pid,
    workers: () => processTree(pid).slice(1),
    log: () => log,
    kill: () => {
      for (const one of processTree(pid)) process.kill(one, 'SIGKILL')
    },
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}
