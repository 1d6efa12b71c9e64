import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { StreamEvent } from '../../contracts/index.ts'
import { watchEvents } from './watch-events.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const closed: StreamEvent = { type: 'closed', atMs: 0, upMs: 0 }

/** A stream whose first line comes when `finish` is called, or never if it is given up before. */
function createStream() {
  const finish = new AbortController()
  const finished = once(finish.signal, 'abort')
  const state: { signal?: AbortSignal | undefined; onBytes?: (() => void) | undefined } = {}
  async function* events(signal?: AbortSignal, onBytes?: () => void): AsyncGenerator<StreamEvent> {
    Object.assign(state, { signal, onBytes })
    signal?.addEventListener('abort', () => finish.abort())
    await finished
    if (signal?.aborted !== true) yield closed
  }
  return { events, state, finish: () => finish.abort() }
}

test('a line that comes slowly is waited for as long as some of it comes', async () => {
  const { events, state, finish } = createStream()
  const stop = new AbortController()
  const seen: StreamEvent[] = []
  const lost: string[] = []
  const listeners = {
    onEvent: (event: StreamEvent) => seen.push(event),
    onLost: (why: string) => lost.push(why),
  }
  const watching = watchEvents({ events }, listeners, stop.signal)
  for (let piece = 0; piece < 5; piece++) {
    vi.advanceTimersByTime(9_000)
    state.onBytes?.()
  }
  expect(state.signal?.aborted).toBe(false)
  finish()
  while (lost.length === 0) await nextTurn()
  stop.abort()
  await watching
  expect(seen).toEqual([closed])
  expect(lost).toEqual(['the supervisor has stopped'])
})

test('a connection on which nothing comes is given up', async () => {
  const { events } = createStream()
  const stop = new AbortController()
  const lost: string[] = []
  const listeners = { onEvent: () => undefined, onLost: (why: string) => lost.push(why) }
  const watching = watchEvents({ events }, listeners, stop.signal)
  vi.advanceTimersByTime(10_000)
  while (lost.length === 0) await nextTurn()
  stop.abort()
  await watching
  expect(lost).toEqual(['the supervisor has sent nothing for 10 s'])
})
