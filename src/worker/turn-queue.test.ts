import { expect, test } from 'vitest'

import { TurnQueue } from './turn-queue.ts'

const busyFor = (ms: number): void => {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

test('work is done at once while a turn has time, then in later turns, in order, with others in between', async () => {
  const queue = new TurnQueue()
  const done: (number | string)[] = []
  for (let i = 0; i < 6; i++)
    queue.add(() => {
      busyFor(4)
      done.push(i)
    })
  // Two on a machine that is not held up itself.
  expect(done.length).toBeGreaterThan(0)
  expect(done.length).toBeLessThan(3)
  expect(queue.length).toBe(6 - done.length)
  setTimeout(() => done.push('heartbeat'), 0)
  while (queue.length > 0) await new Promise((resolve) => setImmediate(resolve))
  expect(done.filter((entry) => typeof entry === 'number')).toEqual([0, 1, 2, 3, 4, 5])
  expect(done.indexOf('heartbeat')).toBeLessThan(done.length - 1)
})

test('work that is added by work keeps its place', async () => {
  const queue = new TurnQueue()
  const done: number[] = []
  queue.add(() => {
    busyFor(6)
    done.push(0)
  })
  queue.add(() => {
    done.push(1)
    queue.add(() => done.push(3))
  })
  queue.add(() => done.push(2))
  while (done.length < 4) await new Promise((resolve) => setImmediate(resolve))
  expect(done).toEqual([0, 1, 2, 3])
})

test('work that is cancelled is not done, and what is behind it is', async () => {
  const queue = new TurnQueue()
  const done: number[] = []
  queue.add(() => busyFor(6))
  const cancels = [1, 2, 3].map((number) => queue.add(() => done.push(number)))
  cancels[1]?.()
  while (queue.length > 0) await new Promise((resolve) => setImmediate(resolve))
  cancels[0]?.()
  expect(done).toEqual([1, 3])
})
