import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, describe, expect, test } from 'vitest'

import { cliPath } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { showLog } from '../support/show-log.ts'

const numbers = { SIGHUP: 1, SIGUSR1: 10, SIGUSR2: 12, SIGTTIN: 21, SIGTTOU: 22, SIGWINCH: 28 } as const
const signals = Object.keys(numbers) as (keyof typeof numbers)[]

/** Whether a process has a handler for a signal. */
function holds(pid: number, signal: keyof typeof numbers): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return ((BigInt(`0x${caught ?? '0'}`) >> BigInt(numbers[signal] - 1)) & 1n) === 1n
}

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const one of cleanUp.splice(0)) one()
})

function start(entry: string, args: readonly string[] = [], cwd?: string) {
  const child = fork(entry, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [], cwd })
  cleanUp.push(() => child.kill('SIGKILL'))
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (printed += text))
  return { child, pid: child.pid ?? 0, printed: () => printed }
}

describe('a process that has just begun', () => {
  test.each(['worker', 'gateway', 'nginx', 'publisher', 'gatekeeper', 'service-check'])(
    'a %s neither ends by a signal nor opens the debugger',
    async (name) => {
      const { child, pid, printed } = start(join(dirname(cliPath), 'entry', `${name}.js`))
      await until('it holds its signals', () => holds(pid, 'SIGWINCH'))
      // Its modules are still being loaded: it has not said that it wants the task, and gets none.
      for (let round = 0; round < 3; round++) for (const signal of signals) process.kill(pid, signal)
      await until('it has taken them', () =>
        /^ShdPnd:\s*0+$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
      )
      const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)))
      child.kill('SIGTERM')
      expect(await ended).toEqual([null, 'SIGTERM'])
      expect(printed()).toBe('')
    },
  )

  test.each(['serve', 'up'])(
    '%s takes USR2 before it is ready, and later, as a HUP; USR1 opens no debugger',
    async (command) => {
      const folder = mkdtempSync(join(tmpdir(), 'changeover-held-'))
      cleanUp.push(() => rmSync(folder, { recursive: true, force: true }))
      writeFileSync(
        join(folder, 'service.ts'),
        `import { defineService } from 'changeover'\nexport default defineService(() => undefined)`,
      )
      const binds = ['primary', 'backup'].map((name) => `${name}: { bind: '127.0.0.1:0' }\n`).join('')
      writeFileSync(join(folder, 'changeover.yaml'), `service: service.ts\nmodels: {}\n${binds}`)
      const { child, pid, printed } = start(cliPath, [command, '-b', '127.0.0.1:0'], folder)
      await until('it holds its signals', () => signals.every((signal) => holds(pid, signal)))
      expect(printed()).not.toContain('listening')
      for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const) child.kill(signal)
      const reloads = (): number => showLog(printed()).split('] reloaded').length - 1
      await until('it has reloaded', () => reloads() === 1)
      for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) child.kill(signal)
      await until('it has reloaded again', () => reloads() === 2)
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(printed()).not.toContain('Debugger')
    },
  )
})
