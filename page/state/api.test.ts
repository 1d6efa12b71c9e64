import { afterEach, expect, test, vi } from 'vitest'

import type { DeployEvent } from '../../src/contracts/control.ts'
import { createApi } from './api.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A deploy whose answer is what is sent. */
function askForDeploy() {
  let pieces: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      pieces = controller
    },
  })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body)))
  const asked = createApi('token', () => undefined).deploy({ target: 'm@2' })
  const send = (event: DeployEvent): void =>
    pieces?.enqueue(new TextEncoder().encode(`${JSON.stringify(event)}\n`))
  return { asked, send, close: () => pieces?.close() }
}

const refusal: DeployEvent = {
  ...{ type: 'end', ok: false, durationMs: 1 },
  error: { code: 'rollout_busy', message: 'another deploy is under way' },
}

test('a deploy that is refused rejects, however late the refusal comes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { asked, send, close } = askForDeploy()
  let isSettled = false
  const settled = asked.finally(() => {
    isSettled = true
  })
  settled.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(isSettled).toBe(false)
  send(refusal)
  close()
  await expect(settled).rejects.toThrow('another deploy is under way')
})

test('a deploy has begun with its first step; how it ends is shown by the stream of events', async () => {
  const { asked, send, close } = askForDeploy()
  send({ type: 'step', step: 'gate whole', state: 'started' })
  await asked
  send(refusal)
  close()
})
