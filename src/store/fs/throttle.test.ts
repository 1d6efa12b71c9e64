import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createThrottle, requestThrottle, waitForCallers } from './throttle.ts'

let store = ''
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'changeover-give-way-'))
})
afterEach(() => rmSync(store, { recursive: true, force: true }))

/** How long `pieces` pieces of work of 5 ms take with a pace. */
function work(pieces: number): number {
  const begunMs = performance.now()
  const pace = createThrottle(store)
  for (let i = 0; i < pieces; i++) {
    const endMs = performance.now() + 5
    while (performance.now() < endMs);
    pace()
  }
  return performance.now() - begunMs
}

test('work that can wait goes on at full speed while nobody is slowed, and slowly while somebody is, but on', async () => {
  const fullMs = work(40)
  requestThrottle(store, Date.now())
  const slowMs = work(40)
  expect(slowMs).toBeGreaterThan(fullMs + 200)
  const begunMs = performance.now()
  await waitForCallers(store)
  expect(performance.now() - begunMs).toBeGreaterThan(40)
})

test('a sign that nobody keeps fresh no longer counts', async () => {
  requestThrottle(store, Date.now())
  requestThrottle(store, Date.now() - 10_000)
  const begunMs = performance.now()
  for (let i = 0; i < 10; i++) await waitForCallers(store)
  expect(performance.now() - begunMs).toBeLessThan(400)
})

test('a sign from before the clock was set back no longer counts', async () => {
  requestThrottle(store, Date.now())
  requestThrottle(store, Date.now() + 3_600_000)
  const begunMs = performance.now()
  for (let i = 0; i < 10; i++) await waitForCallers(store)
  expect(performance.now() - begunMs).toBeLessThan(400)
})
