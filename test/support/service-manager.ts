import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { until } from '../../harness/until.ts'

/** A stand-in for systemd: it opens sockets, passes them to a program, and takes what that notifies. */
export type ServiceManager = {
  readonly ports: Readonly<Record<string, number>>
  /** What the program has sent, in order. */
  readonly messages: readonly string[]
  /** The exit codes of the programs that have ended. */
  readonly codes: readonly number[]
  readonly log: () => string
  /** Starts the program, once more where it has run before. */
  readonly start: () => void
  readonly signal: (signal: NodeJS.Signals) => void
  readonly stop: () => Promise<void>
}

export type ServiceManagerOptions = {
  readonly address: string
  readonly watchdogMs: number
  readonly sockets: readonly string[]
  readonly command: readonly string[]
}

type Told = {
  readonly ports?: Readonly<Record<string, number>>
  readonly message?: string
  readonly started?: number
  readonly ended?: number
  readonly code?: number
}

const script = fileURLToPath(new URL('service-manager.py', import.meta.url))

export async function startServiceManager(options: ServiceManagerOptions): Promise<ServiceManager> {
  const { address, watchdogMs, sockets, command } = options
  const args = [script, address, String(watchdogMs * 1_000), sockets.join(':'), '--', ...command]
  const child = spawn('/usr/bin/python3', args)
  const messages: string[] = []
  const codes: number[] = []
  let ports: Readonly<Record<string, number>> | undefined
  let log = ''
  let pid: number | undefined
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  createInterface(child.stdout).on('line', (line) => {
    const told = JSON.parse(line) as Told
    ports ??= told.ports
    if (told.message !== undefined) messages.push(told.message)
    if (told.started !== undefined) pid = told.started
    if (told.code !== undefined) {
      codes.push(told.code)
      pid = undefined
    }
  })
  await until('the sockets are open', () => {
    if (child.exitCode !== null) throw new Error(`the stand-in did not start:\n${log}`)
    return ports !== undefined
  })
  const signal = (name: NodeJS.Signals): void => {
    if (pid !== undefined) process.kill(pid, name)
  }
  return {
    ports: ports ?? {},
    messages,
    codes,
    log: () => log,
    start: () => void child.stdin.write('start\n'),
    signal,
    stop: async () => {
      signal('SIGTERM')
      await until('the program has ended', () => pid === undefined)
      child.kill()
    },
  }
}
