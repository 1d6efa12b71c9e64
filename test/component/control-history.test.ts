import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import type { HistoryEntry } from '../../src/contracts/index.ts'
import type { ControlHandlers } from '../../src/control-api/index.ts'
import { ControlServer, createControlClient, createControlRoutes } from '../../src/control-api/index.ts'
import { appendHistory, takeLatestHistory } from '../../src/store/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'changeover-control-'))
const socketPath = join(folder, 'control.sock')
const store = join(folder, 'store')
const handlers: Pick<ControlHandlers, 'history'> = { history: (query) => takeLatestHistory(store, query) }
const server = new ControlServer(socketPath, createControlRoutes(handlers as ControlHandlers))
const client = createControlClient(socketPath)

beforeAll(async () => {
  for (let atMs = 1; atMs <= 50; atMs++)
    appendHistory(store, {
      atMs,
      action: 'deploy',
      model: atMs % 10 === 0 ? '其它 & co' : 'm',
      version: String(atMs),
      from: null,
      by: 'somebody',
      outcome: 'done',
    })
  await server.start()
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const times = (entries: readonly HistoryEntry[]): number[] => entries.map(({ atMs }) => atMs)

test('the control API gives the latest 20 entries of the history, or as many as are asked for, of one model if it is named', async () => {
  expect(times(await client.history())).toEqual(Array.from({ length: 20 }, (_, i) => 31 + i))
  expect(times(await client.history({ count: 1_000 }))).toHaveLength(50)
  expect(times(await client.history({ count: 2 }))).toEqual([49, 50])
  expect(times(await client.history({ model: '其它 & co', count: 3 }))).toEqual([30, 40, 50])
})

test.each([0, 1_001, -1, 1.5, NaN, 1e21])('a count of %d is refused', async (count) => {
  await expect(client.history({ count })).rejects.toMatchObject({ code: 'bad_request' })
})
