import { gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import type { LoadBody } from '../../contracts/index.ts'
import type { Answer, HttpRequest } from '../../http/index.ts'
import type { Control } from './model-control.ts'
import { controlModels } from './model-control.ts'

const pointers = ['sound', 'old', 'none', 'away'].map((model) => ({
  model,
  active: '2',
  previous: '1',
  sinceMs: 0,
}))
const damaged = [
  { model: 'old', version: '2', why: 'its hash is another', servedInstead: '1' },
  { model: 'none', version: '2', why: 'its hash is another', servedInstead: null },
]

/** Asks the repository extension, and notes what is to be loaded. */
async function ask(
  url: string,
  body: Buffer | string,
  { headers = '', loads = [] as LoadBody[] } = {},
): Promise<unknown> {
  const control: Control = {
    status: () => Promise.resolve({ models: pointers, damaged, unloaded: ['away'] }),
    load: async function* (load) {
      loads.push(load)
      await Promise.resolve()
      yield { type: 'end', ok: true, version: { model: load.model, version: '2' }, durationMs: 1 }
    },
    unload: () => Promise.resolve(),
  }
  const request: HttpRequest = {
    ...{ method: 'POST', url, headers, body: Buffer.from(body), id: '' },
    ...{ caller: { address: '192.0.2.1', scheme: undefined }, client: { isGone: false } },
  }
  const answer = await new Promise<Answer>((resolve) => {
    const respond = (given: unknown): void => resolve(given as Answer)
    expect(controlModels({ control, bodyLimitBytes: 100 }, request, respond)).toBe(true)
  })
  return answer.status === 200 ? JSON.parse(answer.body.toString()) : answer.status
}

test('the index says what serves: not what is active and damaged, nor what was unloaded', async () => {
  const ready = [
    { name: 'sound', version: '2', state: 'READY', reason: '' },
    { name: 'old', version: '1', state: 'READY', reason: '' },
  ]
  expect(await ask('/v2/repository/index', '')).toEqual([
    ...ready,
    { name: 'none', version: '2', state: 'UNAVAILABLE', reason: 'its hash is another' },
    { name: 'away', version: '2', state: 'UNAVAILABLE', reason: 'unloaded' },
  ])
  expect(await ask('/v2/repository/index/?x', '{"ready":true}')).toEqual(ready)
})

test('bodies are read as those of other requests: with a byte order mark, or in an encoding', async () => {
  const loads: LoadBody[] = []
  const body = '\ufeff{"parameters":{"version":7}}'
  const loaded = { name: 'a b', version: '2' }
  expect(await ask('/v2/repository/models/a%20b/load', body, { loads })).toEqual(loaded)
  const headers = 'content-encoding\ngzip'
  expect(await ask('/v2/repository/models/a%20b/load', gzipSync(body), { headers, loads })).toEqual(loaded)
  expect(loads).toEqual(Array(2).fill({ model: 'a b', version: '7', by: 'the client 192.0.2.1' }))
  const bomb = gzipSync(Buffer.alloc(10_000, ' '))
  expect(await ask('/v2/repository/models/m/load', bomb, { headers })).toBe(413)
})
