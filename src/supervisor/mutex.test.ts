import { setImmediate as nextTurn } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { Mutex } from './mutex.ts'

test('what is done in the background gives way, is waited for, and is not begun while something is under way', async () => {
  const busy = new Mutex()
  const order: string[] = []
  const background = busy.runInBackground(async (preempted) => {
    await new Promise<void>((resolve) => preempted.addEventListener('abort', () => resolve()))
    order.push(`background ends for ${String(preempted.reason)}`)
  })
  const rollout = busy.tryRun('a rollout', async () => {
    await busy.runInBackground(() => Promise.resolve(void order.push('never')))
    order.push('rollout')
  })
  await Promise.all([background, rollout])
  expect(order).toEqual(['background ends for a rollout', 'rollout'])
})

/** Work that ends when it is told to, or gives way where it is asked to. */
function work(order: string[], name: string, givesWay: boolean) {
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))
  const run = async (preempted: AbortSignal): Promise<void> => {
    order.push(`${name} begins`)
    preempted.addEventListener('abort', () => {
      order.push(`${name} is preempted by ${String(preempted.reason)}`)
      if (givesWay) finish()
    })
    await finished
    order.push(`${name} ends`)
  }
  return { run, finish: () => finish() }
}

test('a second thing is refused, one that goes first is not: what is under way gives way, and ends before it begins', async () => {
  const busy = new Mutex()
  const order: string[] = []
  const [deploy, rollback] = [work(order, 'deploy', true), work(order, 'rollback', false)]
  const deploying = busy.tryRun('the deploy', deploy.run)
  await expect(busy.tryRun('another deploy', () => Promise.resolve())).rejects.toThrow(
    'the deploy is under way; wait until that has ended',
  )
  const rollingBack = busy.tryRun('the rollback', rollback.run, {
    isFirst: true,
    onWait: (what) => order.push(`waits for ${what}`),
  })
  await expect(busy.tryRun('another deploy', () => Promise.resolve())).rejects.toThrow(/is under way/)
  await deploying
  await nextTurn()
  expect(busy.busyWith).toBe('the rollback')
  rollback.finish()
  await rollingBack
  expect(busy.busyWith).toBeUndefined()
  expect(order).toEqual([
    'deploy begins',
    'deploy is preempted by the rollback',
    'waits for the deploy',
    'deploy ends',
    'rollback begins',
    'rollback ends',
  ])
})

test('several that go first follow each other, each asked to hurry, whatever becomes of those before them', async () => {
  const busy = new Mutex()
  const order: string[] = []
  const names = ['first', 'second', 'third']
  const done = names.map((name) =>
    busy.tryRun(
      name,
      (preempted) => {
        order.push(`${name}${preempted.aborted ? ', in a hurry' : ''}`)
        return name === 'first' ? Promise.reject(new Error('it failed')) : Promise.resolve()
      },
      { isFirst: true },
    ),
  )
  expect((await Promise.allSettled(done)).map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
  ])
  expect(order).toEqual(['first, in a hurry', 'second, in a hurry', 'third'])
})
