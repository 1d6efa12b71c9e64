import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { Outcome } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { Serve } from '../support/serve.ts'
import { startServe } from '../support/serve.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const serviceSaying = (word: string): string => `
import { defineService, Type } from 'changeover'
export default defineService((routes) => {
  routes.post('/word', { body: Type.Unknown() }, () => '${word}')
  routes.get('/slow', () => new Promise((resolve) => setTimeout(() => resolve('at last'), 500)))
  routes.get('/never', () => {
    console.error('never is asked')
    return new Promise(() => undefined)
  })
  routes.get('/block', () => { for (;;); })
})`

const lost = (outcomes: readonly Outcome[]): readonly Outcome[] =>
  outcomes.filter(({ answer }) => !['first', 'second'].includes(answer))

/** The lines of an access log, also of the file that was moved away. */
const accessLines = (folder: string, path: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('access.log'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line.includes(` ${path} `))

/** Moves log files away as logrotate does. */
function rotate(folder: string, signal: (signal: NodeJS.Signals) => void): void {
  for (const name of ['access.log', 'error.log']) renameSync(join(folder, name), join(folder, `${name}.1`))
  signal('SIGUSR1')
}

const logFlags = (folder: string): readonly string[] => [
  ...['--access-logfile', join(folder, 'access.log')],
  ...['--error-logfile', join(folder, 'error.log')],
]

describe('a stack', () => {
  let stack: Stack
  afterEach(() => stack.stop())

  const readyWorkers = async (): Promise<(number | undefined)[]> => {
    const { gateway } = await stack.status()
    return Object.values(gateway.status?.instances ?? {}).map((instance) => instance.readyWorkers)
  }
  const serves = (workers: number): Promise<void> =>
    until(`${workers} workers an instance serve`, async () => {
      const { rollout } = await stack.status()
      return rollout === null && (await readyWorkers()).join() === `${workers},${workers}`
    })

  test('HUP loads new code, TTIN and TTOU add and remove a worker, USR1 reopens log files, workers are recycled, and no request is lost', async () => {
    const pidFile = (folder: string): string => join(folder, 'stack.pid')
    stack = await startStack({
      service: serviceSaying('first'),
      flags: (folder) => [
        ...logFlags(folder),
        ...['-p', pidFile(folder), '--max-requests', '1500', '--max-requests-jitter', '100'],
      ],
    })
    const { folder, supervisor } = stack
    expect(Number(readFileSync(pidFile(folder), 'utf8'))).toBe(supervisor.pid)
    const load = startLoad(`${stack.gateway}/word`, 2, () => '1')
    await until('a worker is replaced', () =>
      /primary 0 reached maxRequests after \d{3,} requests/.test(stack.log()),
    )
    writeFileSync(join(folder, 'service.ts'), serviceSaying('second'))
    supervisor.kill('SIGHUP')
    await until('the new code answers', () => load.outcomes.at(-1)?.answer === 'second')
    await serves(1)
    rotate(folder, (signal) => supervisor.kill(signal))
    supervisor.kill('SIGTTIN')
    await serves(2)
    supervisor.kill('SIGTTOU')
    await serves(1)
    const outcomes = await load.stop()
    expect(lost(outcomes)).toEqual([])
    writeFileSync(join(folder, 'static/five.txt'), 'five!')
    await (await fetch(`${stack.gateway}/static/five.txt`)).text()
    await until('a static file has its line', () => accessLines(folder, '/static/five.txt').length > 0)
    expect(accessLines(folder, '/static/five.txt')[0]).toContain('HTTP/1.1" 200 5 "-" "node"')
    await until('every answer has its line', () => accessLines(folder, '/word').length >= outcomes.length)
    expect(accessLines(folder, '/word')).toHaveLength(outcomes.length)
    expect(stack.log()).toContain('primary 1: loaded')
    expect(readFileSync(join(folder, 'access.log'), 'utf8')).not.toBe('')
  })

  test('QUIT, like INT, stops it at once, even with requests in flight, and leaves no process behind', async () => {
    stack = await startStack({ service: serviceSaying('word') })
    const never = fetch(`${stack.gateway}/never`).catch(() => undefined)
    await until(
      'the request is under way',
      async () => (await stack.status()).gateway.status?.instances.primary.inFlight === 1,
    )
    const { gateway, instances } = await stack.status()
    const pids = [gateway.status?.pid, ...instances.flatMap(({ workers }) => workers.map((one) => one?.pid))]
    const begunMs = performance.now()
    stack.supervisor.kill('SIGQUIT')
    await until('the supervisor has ended', () => stack.supervisor.exitCode !== null)
    expect(performance.now() - begunMs).toBeLessThan(4_000)
    expect(await never).toBeUndefined()
    for (const pid of pids) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
  })
})

describe('an instance alone', () => {
  let folder: string
  let serve: Serve
  afterEach(async () => {
    await serve.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (...flags: string[]): Promise<void> => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-signals-'))
    writeFileSync(join(folder, 'service.ts'), serviceSaying('first'))
    writeFileSync(join(folder, 'changeover.yaml'), 'service: service.ts\nmodels: {}\nworkers: 3\n')
    const args = ['--chdir', folder, '-w', '1', '-b', '127.0.0.1:0', ...logFlags(folder), ...flags]
    serve = await startServe(args, { logFile: join(folder, 'error.log') })
  }
  const hasWorkers = (count: number): Promise<void> =>
    until(`${count} workers serve`, () => serve.workers().length === count)

  test('HUP, TTIN, TTOU and USR1 lose neither a request nor a line; TERM answers what is in flight within its timeout', async () => {
    await start('--graceful-timeout', '1')
    const load = startLoad(`${serve.address}/word`, 2, () => '1')
    writeFileSync(join(folder, 'service.ts'), serviceSaying('second'))
    serve.signal('SIGHUP')
    await until('the new code answers', () => load.outcomes.at(-1)?.answer === 'second')
    serve.signal('SIGTTIN')
    await until('it has two workers', () => serve.log().split('] reloaded').length === 3)
    expect(serve.workers().length).toBeGreaterThanOrEqual(2)
    rotate(folder, serve.signal)
    serve.signal('SIGTTOU')
    await hasWorkers(1)
    writeFileSync(join(folder, 'service.ts'), 'throw new Error("out of order")')
    serve.signal('SIGHUP')
    await until('the log says why', () => /reload failed: .*out of order/.test(serve.log()))
    const outcomes = await load.stop()
    expect(lost(outcomes)).toEqual([])
    expect(outcomes.at(-1)?.answer).toBe('second')

    const slow = fetch(`${serve.address}/slow`).then((response) => response.text())
    const never = fetch(`${serve.address}/never`).catch(() => 'given up')
    await until('both are under way', () => serve.log().includes('never is asked'))
    const begunMs = performance.now()
    expect(await serve.stop()).toBe(0)
    expect(performance.now() - begunMs).toBeLessThan(5_000)
    expect(await Promise.all([slow, never])).toEqual(['at last', 'given up'])
    expect(accessLines(folder, '/word')).toHaveLength(outcomes.length)
  })

  test('-t replaces a worker that says nothing, --max-requests renews one without loss, and INT ends all at once', async () => {
    await start('--max-requests', '100', '--max-requests-jitter', '20', '-t', '1')
    const blocked = fetch(`${serve.address}/block`).catch(() => 'lost')
    await until('a worker is back', () => serve.log().includes('primary 0 is back'))
    expect(await blocked).toBe('lost')
    expect(serve.log()).toContain('primary 0 has not responded for 1 s; killing it')

    const load = startLoad(`${serve.address}/word`, 2, () => '1')
    const [first] = serve.workers()
    await until('the worker is another one', () => !serve.workers().includes(first ?? 0))
    expect(lost(await load.stop())).toEqual([])

    const never = fetch(`${serve.address}/never`).catch(() => 'given up')
    await until('it is under way', () => serve.log().includes('never is asked'))
    const begunMs = performance.now()
    await serve.stop('SIGINT')
    expect(performance.now() - begunMs).toBeLessThan(4_000)
    expect(await never).toBe('given up')
  })
})
