import { expect, test } from 'vitest'

import { CandidateSlot } from './candidate-slot.ts'
import type { LoadedVersion } from './version-loader.ts'

const target = { model: 'm', version: '1' }

function createSlot() {
  const released: string[] = []
  let signal: AbortSignal | undefined
  const slot = new CandidateSlot({
    load: ({ version }, wanted) => {
      signal = wanted
      return Promise.resolve({ version, release: () => released.push(version) } as unknown as LoadedVersion)
    },
  })
  return { slot, released, wasAborted: () => signal?.aborted }
}

test('a candidate is handed over once, and is not released then', async () => {
  const { slot, released } = createSlot()
  expect(() => slot.loaded).toThrow(expect.objectContaining({ code: 'model_load_failed' }))
  await slot.load(target)
  expect(slot.take()).toMatchObject({ version: '1' })
  expect(() => slot.take()).toThrow(/no candidate/)
  slot.drop()
  expect(released).toEqual([])
})

test('the next one takes its place, and what is dropped is released, or its load is ended', async () => {
  const { slot, released, wasAborted } = createSlot()
  await slot.load(target)
  await slot.load({ ...target, version: '2' })
  expect(released).toEqual(['1'])
  slot.drop()
  slot.drop()
  expect([released, wasAborted()]).toEqual([['1', '2'], true])
})
