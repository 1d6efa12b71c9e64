import { expect, test } from 'vitest'

import { beginReceipt } from './receipt.ts'

test('a receipt tells a step whose check was skipped from one that checked', async () => {
  const receipt = await beginReceipt({
    measure: () => Promise.reject(new Error('the gateway does not answer')),
    pids: () => [],
    afterMs: 0,
    signal: AbortSignal.abort(),
  })
  const ended = { type: 'step', state: 'done', durationMs: 5, detail: undefined } as const
  const report = { gate: 'golden', sentence: '', figures: {} } as const
  receipt.note({ ...ended, step: 'gate golden', gate: { ...report, outcome: 'skipped' } })
  receipt.note({ ...ended, step: 'commit' })
  expect((await receipt.finish()).steps).toEqual([
    { step: 'gate golden', state: 'done', durationMs: 5, outcome: 'skipped' },
    { step: 'commit', state: 'done', durationMs: 5 },
  ])
})
