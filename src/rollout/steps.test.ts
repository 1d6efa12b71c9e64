import { expect, test } from 'vitest'

import { ChangeoverError } from '../contracts/index.ts'
import type { RolloutStepsOptions } from './steps.ts'
import { createRolloutSteps } from './steps.ts'

/** Carries out the self-test of a version that fails it with this code. */
function selfTest(code: 'self_test_failed' | 'timed_out', isWayBack: boolean): Promise<unknown> {
  const options = {
    target: { model: 'm', version: '1' },
    before: '2',
    isWayBack,
    force: false,
    config: { models: { m: { selfTest: [{ text: 'a', label: 'b' }] } }, rollout: { stepTimeoutMs: 1_000 } },
    commandInstance: () => Promise.reject(new ChangeoverError(code, 'm@1 gives c, not b')),
  } as unknown as RolloutStepsOptions
  return createRolloutSteps(options)(
    { action: 'selfTest', instance: 'primary' },
    new AbortController().signal,
  )
}

test('a case that a version fails stops a deploy, but closes no way back: it may be younger than the version', async () => {
  await expect(selfTest('self_test_failed', false)).rejects.toMatchObject({ code: 'self_test_failed' })
  expect(await selfTest('self_test_failed', true)).toEqual({
    detail: 'not required of a way back: m@1 gives c, not b',
  })
  await expect(selfTest('timed_out', true)).rejects.toMatchObject({ code: 'timed_out' })
})
