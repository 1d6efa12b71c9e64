import { expect, test } from 'vitest'

import type { Job } from './job.ts'
import { createJob } from './job.ts'
import { RequestQueue } from './request-queue.ts'

const jobOf = (bytes: number, client = { isGone: false }): Job =>
  createJob({ method: 'POST', url: '/', headers: '', body: Buffer.alloc(bytes) }, () => undefined, client, 0)

test('jobs leave in the order in which they came, however many there were', () => {
  const queue = new RequestQueue({ maxWaiting: 1e6, maxWaitingBytes: 1e9 })
  const jobs = Array.from({ length: 5_000 }, () => jobOf(1))
  const left: Job[] = []
  const leave = (): void => {
    if (queue.first !== undefined) left.push(queue.first)
    queue.removeFirst()
  }
  for (const [i, job] of jobs.entries()) {
    queue.add(job)
    if (i % 3 === 0) leave()
  }
  while (queue.length > 0) leave()
  expect(left).toEqual(jobs)
  expect(queue.first).toBeUndefined()
})

test('the queue is bounded in jobs and in bytes', () => {
  const few = new RequestQueue({ maxWaiting: 2, maxWaitingBytes: 1e9 })
  expect([few.add(jobOf(1)), few.add(jobOf(1)), few.add(jobOf(1))]).toEqual([true, true, false])
  few.removeFirst()
  expect(few.add(jobOf(1))).toBe(true)
  const small = new RequestQueue({ maxWaiting: 100, maxWaitingBytes: 10 })
  expect([small.add(jobOf(6)), small.add(jobOf(6)), small.add(jobOf(4))]).toEqual([true, false, true])
  small.removeFirst()
  expect(small.add(jobOf(6))).toBe(true)
})

test('those whose clients have gone leave, and make room', () => {
  const queue = new RequestQueue({ maxWaiting: 4, maxWaitingBytes: 40 })
  const clients = Array.from({ length: 4 }, () => ({ isGone: false }))
  const jobs = clients.map((client) => jobOf(10, client))
  for (const job of jobs) expect(queue.add(job)).toBe(true)
  queue.removeFirst()
  expect(queue.removeAbandoned()).toEqual([])
  for (const i of [1, 3]) clients[i] = Object.assign(clients[i] ?? {}, { isGone: true })
  expect(queue.removeAbandoned()).toEqual([jobs[1], jobs[3]])
  expect(queue.first).toBe(jobs[2])
  expect([queue.add(jobOf(10)), queue.add(jobOf(10)), queue.add(jobOf(11))]).toEqual([true, true, false])
  queue.removeFirst()
  expect(queue.length).toBe(2)
})
