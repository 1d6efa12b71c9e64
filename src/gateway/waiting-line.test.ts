import { expect, test } from 'vitest'

import { createJob } from './job.ts'
import type { Job } from './job.ts'
import { WaitingLine } from './waiting-line.ts'

const jobOf = (bytes: number, client = { isGone: false }): Job =>
  createJob({ method: 'POST', url: '/', headers: '', body: Buffer.alloc(bytes) }, () => undefined, client, 0)

test('jobs leave in the order in which they came, however many there were', () => {
  const line = new WaitingLine({ maxWaiting: 1e6, maxWaitingBytes: 1e9 })
  const jobs = Array.from({ length: 5_000 }, () => jobOf(1))
  const left: Job[] = []
  const leave = (): void => {
    if (line.first !== undefined) left.push(line.first)
    line.removeFirst()
  }
  for (const [i, job] of jobs.entries()) {
    line.add(job)
    if (i % 3 === 0) leave()
  }
  while (line.length > 0) leave()
  expect(left).toEqual(jobs)
  expect(line.first).toBeUndefined()
})

test('there is room for so many jobs, and so many bytes', () => {
  const few = new WaitingLine({ maxWaiting: 2, maxWaitingBytes: 1e9 })
  expect([few.add(jobOf(1)), few.add(jobOf(1)), few.add(jobOf(1))]).toEqual([true, true, false])
  few.removeFirst()
  expect(few.add(jobOf(1))).toBe(true)
  const small = new WaitingLine({ maxWaiting: 100, maxWaitingBytes: 10 })
  expect([small.add(jobOf(6)), small.add(jobOf(6)), small.add(jobOf(4))]).toEqual([true, false, true])
  small.removeFirst()
  expect(small.add(jobOf(6))).toBe(true)
})

test('those whose clients have gone leave, and make room', () => {
  const line = new WaitingLine({ maxWaiting: 4, maxWaitingBytes: 40 })
  const clients = Array.from({ length: 4 }, () => ({ isGone: false }))
  const jobs = clients.map((client) => jobOf(10, client))
  for (const job of jobs) expect(line.add(job)).toBe(true)
  line.removeFirst()
  expect(line.removeAbandoned()).toEqual([])
  for (const i of [1, 3]) clients[i] = Object.assign(clients[i] ?? {}, { isGone: true })
  expect(line.removeAbandoned()).toEqual([jobs[1], jobs[3]])
  expect(line.first).toBe(jobs[2])
  expect([line.add(jobOf(10)), line.add(jobOf(10)), line.add(jobOf(11))]).toEqual([true, true, false])
  line.removeFirst()
  expect(line.length).toBe(2)
})
