import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { StreamEvent } from '../../src/contracts/stream.ts'
import { connect } from './connection.ts'

let pieces: ReadableStreamDefaultController<Uint8Array>
let events: StreamEvent[]
let lost: number
let close: () => void

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const listening = { addEventListener: () => undefined, removeEventListener: () => undefined }
  vi.stubGlobal('window', { setTimeout, ...listening })
  vi.stubGlobal('document', listening)
  vi.stubGlobal('fetch', (_path: string, { signal }: { readonly signal: AbortSignal }) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        pieces = controller
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
    })
    return Promise.resolve(new Response(body))
  })
  events = []
  lost = 0
  close = connect('token', {
    onEvent: (event) => events.push(event),
    onRight: () => undefined,
    onRefused: () => undefined,
    onLost: () => lost++,
  })
  await settle()
})

afterEach(() => {
  close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await vi.advanceTimersByTimeAsync(0)
}

test('a line that comes slowly is waited for as long as some of it comes', async () => {
  const line = `${JSON.stringify({ type: 'closed', atMs: 0, upMs: 0 })}\n`
  for (const character of line.slice(0, 5)) {
    pieces.enqueue(new TextEncoder().encode(character))
    await settle()
    vi.advanceTimersByTime(5_000)
    await settle()
  }
  expect(lost).toBe(0)
  pieces.enqueue(new TextEncoder().encode(line.slice(5)))
  await settle()
  expect(events).toMatchObject([{ type: 'closed' }])
})

test('a connection on which nothing comes is given up', async () => {
  vi.advanceTimersByTime(6_000)
  await settle()
  expect(lost).toBe(1)
})
