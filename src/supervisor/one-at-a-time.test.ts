import { expect, test } from 'vitest'

import { OneAtATime } from './one-at-a-time.ts'

test('what is done aside is waited for, and is not begun while something is under way', async () => {
  const busy = new OneAtATime()
  const order: string[] = []
  let finish: () => void = () => undefined
  const aside = busy.runAside(async () => {
    await new Promise<void>((resolve) => (finish = resolve))
    order.push('aside')
  })
  const rollout = busy.run('a rollout', async () => {
    await busy.runAside(() => Promise.resolve(void order.push('never')))
    order.push('rollout')
  })
  finish()
  await Promise.all([aside, rollout])
  expect(order).toEqual(['aside', 'rollout'])
})
