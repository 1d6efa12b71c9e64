import { describe, expect, test, vi } from 'vitest'

import type { HistoryEntry, StreamEvent, WatchedStatus } from '../contracts/index.ts'
import type { EventStreamOptions } from './event-stream.ts'
import { EventStream } from './event-stream.ts'

const status = (rollout: string | null = null): WatchedStatus => ({
  pid: 1,
  startedAtMs: 0,
  configPath: '/c.yaml',
  models: [],
  damaged: [],
  rollout,
  gateway: { address: '', grpcAddress: null, restarts: 0, process: null },
  instances: [],
})

const entry = (atMs: number): HistoryEntry => ({
  atMs,
  action: 'deploy',
  model: 'm',
  version: String(atMs),
  from: null,
  by: 'somebody',
  outcome: 'done',
})

/** What a reader was sent; `limit` lines at most, before it takes them. */
function reader(limit = Infinity) {
  const events: StreamEvent[] = []
  const state = { limit, hasEnded: false, isDropped: false }
  return {
    events,
    state,
    types: () => events.map(({ type }) => type),
    send: (line: string) => {
      expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true)
      events.push(JSON.parse(line) as StreamEvent)
    },
    isBehind: () => events.length >= state.limit,
    end: () => {
      state.hasEnded = true
    },
    drop: () => {
      state.isDropped = true
    },
  }
}

async function withStream(
  options: Partial<EventStreamOptions>,
  run: (stream: EventStream) => Promise<void>,
  hasFigures = true,
): Promise<void> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  const stream = new EventStream({
    status: () => Promise.resolve(status()),
    history: () => [],
    upMs: () => Date.now(),
    ...options,
  })
  stream.start()
  const seconds = setInterval(() => {
    if (hasFigures) stream.second({ atMs: Date.now(), ...figures })
  }, 1_000)
  try {
    await run(stream)
  } finally {
    clearInterval(seconds)
    stream.close()
    vi.useRealTimers()
  }
}

const figures = { durationMs: 1_000, gateway: null, models: [], processes: [] }

const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1_000)

describe('a reader', () => {
  test('gets a snapshot, then a line each second', () =>
    withStream({}, async (stream) => {
      await pass(3)
      const one = reader()
      await stream.follow(one)
      await pass(2)
      expect(one.types()).toEqual(['snapshot', 'figures', 'figures'])
      expect(one.events[0]).toMatchObject({ type: 'snapshot', status: status(), deploys: [], history: [] })
      const [first, second, third] = one.events
      expect(first?.type === 'snapshot' && first.series).toHaveLength(3)
      expect((third?.upMs ?? 0) - (second?.upMs ?? 0)).toBe(1_000)
    }))

  test('is told of a change of the status once, and of what was added to the history', async () => {
    let now = status()
    let history = [entry(1), entry(2)]
    await withStream({ status: () => Promise.resolve(now), history: () => history }, async (stream) => {
      const one = reader()
      await stream.follow(one)
      await pass(1)
      now = status('the deploy of m@3')
      history = [entry(2), entry(3)]
      await pass(2)
      expect(one.types()).toEqual(['snapshot', 'figures', 'history', 'status', 'figures', 'figures'])
      expect(one.events[2]).toMatchObject({ entry: entry(3) })
      expect(one.events[3]).toMatchObject({ status: now })
    })
  })

  test('sees a deploy from its first event on, also if it comes in the middle of it', () =>
    withStream({}, async (stream) => {
      const [early, late] = [reader(), reader()]
      await stream.follow(early)
      const asked = { action: 'deploy', model: 'm', version: '2', why: 'it arrived' } as const
      const tell = stream.followDeploy(asked)
      tell({ type: 'step', step: 'publish', state: 'started' })
      await stream.follow(late)
      tell({ type: 'end', ok: true, version: { model: 'm', version: '2' }, durationMs: 1 })
      expect(early.types()).toEqual(['snapshot', 'deploy', 'deployEvent', 'deployEvent'])
      expect(late.types()).toEqual(['snapshot', 'deployEvent'])
      expect(late.events[0]).toMatchObject({
        deploys: [{ ...asked, events: [{ type: 'step', step: 'publish', state: 'started' }] }],
      })
      const next = reader()
      await stream.follow(next)
      expect(next.events[0]).toMatchObject({ deploys: [] })
    }))

  test('that does not keep up misses lines, gets a new snapshot when it has caught up, and is ended if it does not', () =>
    withStream({ maxBehindMs: 10_000 }, async (stream) => {
      const [slow, other] = [reader(2), reader()]
      await stream.follow(slow)
      await stream.follow(other)
      await pass(5)
      expect(slow.types()).toEqual(['snapshot', 'figures'])
      expect(other.events).toHaveLength(6)
      slow.state.limit = 4
      await pass(1)
      expect(slow.types()).toEqual(['snapshot', 'figures', 'snapshot'])
      const again = slow.events[2]
      expect(again?.type === 'snapshot' && again.series).toHaveLength(6)
      await pass(12)
      expect(slow.types()).toEqual(['snapshot', 'figures', 'snapshot', 'figures'])
      expect(slow.state).toMatchObject({ isDropped: true, hasEnded: false })
      expect(other.state).toMatchObject({ isDropped: false, hasEnded: false })
    }))

  test('that leaves gets nothing more, and its place is free', () =>
    withStream({ maxReaders: 1 }, async (stream) => {
      const [one, two] = [reader(), reader()]
      const leave = await stream.follow(one)
      await expect(stream.follow(two)).rejects.toMatchObject({ code: 'overloaded' })
      leave()
      await stream.follow(two)
      await pass(1)
      expect(one.types()).toEqual(['snapshot'])
      expect(two.types()).toEqual(['snapshot', 'figures'])
    }))

  test('hears when the supervisor stops', () =>
    withStream({}, async (stream) => {
      const one = reader()
      await stream.follow(one)
      stream.close()
      expect(one.types()).toEqual(['snapshot', 'closed'])
      expect(one.state.hasEnded).toBe(true)
    }))
})

test('the status is not asked for without readers, and seldom if it takes long', async () => {
  let asked = 0
  const longStatus = (): Promise<WatchedStatus> => {
    asked++
    return Promise.resolve(status()).finally(() => vi.setSystemTime(Date.now() + 200))
  }
  await withStream({ status: longStatus }, async (stream) => {
    await pass(10)
    expect(asked).toBe(0)
    await stream.follow(reader())
    expect(asked).toBe(1)
    await pass(3)
    expect(asked).toBe(1)
    await pass(3)
    expect(asked).toBe(2)
  })
})

test('readers are sent lines while neither the processes nor the store answers', () =>
  withStream(
    {
      history: () => {
        throw new Error('no store')
      },
    },
    async (stream) => {
      const one = reader()
      await stream.follow(one)
      await pass(5)
      expect(one.events.length).toBeGreaterThan(1)
      expect(one.events[1]).toMatchObject({ type: 'figures', figures: { gateway: null } })
    },
    false,
  ))
