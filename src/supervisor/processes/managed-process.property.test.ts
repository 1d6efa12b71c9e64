import { setImmediate as nextTurn } from 'node:timers/promises'

import { Default } from '#typebox/value'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { Config } from '../../config/schema/index.ts'
import { ConfigSchema } from '../../config/schema/index.ts'
import type { ProcessStart } from '../../contracts/index.ts'
import { ManagedProcess } from './managed-process.ts'
import { launchMs, SimulatedMachine } from './testing/simulated-processes.ts'

const hangTimeoutMs = 1_000
const maxDelayMs = 2_000

function createScene() {
  const machine = new SimulatedMachine()
  const log: string[] = []
  const deaths: string[] = []
  const config = Default(ConfigSchema, {}) as Config
  let returns = 0
  const managed = new ManagedProcess(
    {
      name: 'primary-0',
      runFolder: '/run',
      launcher: machine.launcher,
      config: { ...config, hangTimeoutMs },
      logSettings: () => config,
      log: (_, message) => void log.push(message),
      describeStart: () => ({}) as ProcessStart,
      onBack: () => {
        returns++
      },
      onDeath: (reason) => void deaths.push(reason),
    },
    machine.environment,
  )
  return {
    machine,
    managed,
    log,
    deaths,
    returns: () => returns,
    recycling: { preempted: new AbortController() },
  }
}

async function startScene(): Promise<ReturnType<typeof createScene>> {
  const scene = createScene()
  const started = scene.managed.start()
  await scene.machine.pass(launchMs)
  await started
  scene.managed.takePlace()
  return scene
}

type Event =
  | { readonly do: 'exit' | 'hang' | 'recycle' | 'preempt' | 'end' | 'start' }
  | { readonly do: 'launch'; readonly can: boolean }
  | { readonly do: 'pass'; readonly ms: number }

const event: fc.Arbitrary<Event> = fc.oneof(
  fc
    .constantFrom(
      'exit' as const,
      'hang' as const,
      'recycle' as const,
      'preempt' as const,
      'end' as const,
      'start' as const,
    )
    .map((what) => ({ do: what })),
  fc.record({ do: fc.constant('launch' as const), can: fc.boolean() }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 10, 25, 60, 300, 3_000, 12_000) }),
)
const events = fc.array(event, { maxLength: 25 })

async function happen(
  { machine, managed, recycling }: ReturnType<typeof createScene>,
  what: Event,
): Promise<void> {
  switch (what.do) {
    case 'exit':
      machine.exit('SIGSEGV')
      return
    case 'hang':
      machine.hang()
      return
    case 'end':
      managed.end()
      return
    case 'recycle':
      managed.recycle((recycling.preempted = new AbortController()).signal).catch(() => undefined)
      return
    case 'preempt':
      recycling.preempted.abort()
      return
    case 'start':
      managed.start().catch(() => undefined)
      return
    case 'launch':
      machine.canLaunch = what.can
      return
    case 'pass':
      await machine.pass(what.ms)
  }
}

it('always has its one process again, whatever happens to it', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (course) => {
      const scene = await startScene()
      const { machine, managed, log } = scene
      for (const what of course) await happen(scene, what)
      machine.canLaunch = true
      // The longest delay, a start, and what a process that hangs is given.
      await machine.pass(2 * (maxDelayMs + launchMs + hangTimeoutMs) + 1_000)
      expect(machine.serving).toEqual([managed.pid])
      expect(machine.inPlace).toBe(managed.pid)
      expect(machine.watched).toBe(1)
      for (const message of log) {
        const delay = /restarting in (\d+) ms/.exec(message)?.[1]
        if (delay !== undefined) expect(Number(delay)).toBeLessThanOrEqual(maxDelayMs)
      }
    }),
    { numRuns: 150 },
  )
})

it('starts nothing more, and has no timer left, once it is released, whatever is in progress', async () => {
  const release = fc.constantFrom('close' as const, 'kill' as const, 'retire' as const, 'detach' as const)
  await fc.assert(
    fc.asyncProperty(events, release, async (course, how) => {
      const scene = await startScene()
      const { machine, managed } = scene
      for (const what of course) await happen(scene, what)
      const before = managed.pid
      await managed[how]()
      const { launches } = machine
      await machine.pass(60_000)
      expect(machine.launches).toBe(launches)
      expect([machine.watched, machine.time.pending]).toEqual([0, 0])
      // What still came up is stopped; a process that was detached stays.
      const stays = how === 'detach' && before !== undefined ? [before] : []
      expect(machine.serving.filter((pid) => !stays.includes(pid))).toEqual([])
      expect([managed.pid, managed.socketPath]).toEqual([undefined, undefined])
    }),
    { numRuns: 150 },
  )
})

it('tells of each exit once, and of each return', async () => {
  const { machine, managed, deaths, returns } = await startScene()
  for (let i = 1; i <= 5; i++) {
    machine.exit('SIGSEGV')
    await machine.pass(maxDelayMs + 2 * launchMs)
    expect([deaths.length, returns(), managed.restarts]).toEqual([i, i, i])
  }
  expect(new Set(deaths)).toEqual(new Set(['primary 0 exited: SIGSEGV']))
})

it('waits twice as long after each failure, up to 2 s, and starts again with the first delay after 10 s', async () => {
  const { machine, log } = await startScene()
  const delays = (): string[] => log.flatMap((line) => /restarting in (\d+) ms/.exec(line)?.[1] ?? [])
  for (let i = 0; i < 8; i++) {
    machine.exit('SIGSEGV')
    await machine.pass(maxDelayMs + 2 * launchMs)
  }
  expect(delays()).toEqual(['50', '100', '200', '400', '800', '1600', '2000', '2000'])
  await machine.pass(10_000)
  machine.exit('SIGSEGV')
  await machine.pass(10)
  expect(delays().at(-1)).toBe('50')
})

it('is killed if it hangs, and then restarted', async () => {
  const { machine, managed, log } = await startScene()
  machine.hang()
  await machine.pass(hangTimeoutMs + maxDelayMs)
  expect(log.slice(1, 3)).toEqual([
    'primary 0 has not responded for 1 s; killing it',
    'primary 0 exited (SIGKILL); restarting in 50 ms',
  ])
  expect(machine.serving).toEqual([managed.pid])
})

it('looks after a process that it has adopted, and that is nobody’s child here', async () => {
  const { machine, managed, deaths } = createScene()
  managed.adopt(machine.foundProcess())
  expect([managed.pid, machine.inPlace]).toEqual([1, 1])
  machine.exit('unknown')
  await machine.pass(500)
  expect(deaths).toEqual(['primary 0 exited: it is gone'])
  expect([managed.pid, machine.inPlace]).toEqual([2, 2])
})

it('is started once if it exits after it was adopted, and is then started with all others', async () => {
  const { machine, managed } = createScene()
  managed.adopt(machine.foundProcess())
  machine.exit('unknown')
  await machine.pass(10)
  const started = Promise.all([managed.start(), managed.start()])
  await machine.pass(5_000)
  await started
  expect([machine.launches, machine.serving, managed.restarts]).toEqual([1, [2], 1])
})

it('can be started again after a start that failed, and is not restarted by itself', async () => {
  const { machine, managed } = createScene()
  machine.canLaunch = false
  const failed = managed.start()
  failed.catch(() => undefined)
  await machine.pass(5_000)
  await expect(failed).rejects.toThrow('it did not start')
  expect([machine.launches, machine.time.pending]).toEqual([1, 0])
  machine.canLaunch = true
  const started = managed.start()
  await machine.pass(launchMs)
  await started
  expect(machine.serving).toEqual([managed.pid])
})

it('replaces a process by one that serves before the old one is retired; if that does not come up the old one stays', async () => {
  const { machine, managed } = await startScene()
  machine.canLaunch = false
  const failed = managed.recycle(new AbortController().signal)
  failed.catch(() => undefined)
  await machine.pass(100)
  await expect(failed).rejects.toThrow('it did not start')
  expect([managed.pid, machine.serving]).toEqual([1, [1]])
  machine.canLaunch = true
  const recycled = managed.recycle(new AbortController().signal)
  await machine.pass(100)
  await recycled
  expect([managed.pid, machine.serving, machine.inPlace]).toEqual([2, [2], 2])
})

it('gives way at once while another process is being started in its place; that one is stopped when it is ready', async () => {
  const { machine, managed } = await startScene()
  const preempted = new AbortController()
  const recycled = managed.recycle(preempted.signal)
  await machine.pass(10)
  preempted.abort()
  expect(await recycled).toBe(false)
  expect([managed.pid, machine.serving]).toEqual([1, [1]])
  await machine.pass(100)
  expect([machine.launches, managed.pid, machine.serving, machine.inPlace]).toEqual([2, 1, [1], 1])
})

it('is waited for until it is there, or will not be, or for as long as one may', async () => {
  const { machine, managed } = await startScene()
  const ended: string[] = []
  machine.exit('SIGSEGV')
  await machine.pass(10)
  void managed.untilThere(10).then(() => ended.push('timed out'))
  void managed.untilThere(5_000).then(() => ended.push('there'))
  await machine.pass(20)
  expect(ended).toEqual(['timed out'])
  await machine.pass(500)
  expect(ended).toEqual(['timed out', 'there'])
  machine.exit('SIGSEGV')
  await machine.pass(10)
  void managed.untilThere(5_000).then(() => ended.push('released'))
  managed.detach()
  await nextTurn()
  expect(ended.at(-1)).toBe('released')
})
