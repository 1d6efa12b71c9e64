import { expect, test } from 'vitest'

import type { Job } from './job.ts'
import { createJob } from './job.ts'
import { JobTable } from './job-table.ts'

const createOne = (): Job =>
  createJob(
    { method: 'GET', url: '/', headers: '', body: Buffer.alloc(0) },
    () => undefined,
    { isGone: false },
    0,
  )

test('keeps jobs by their ids, however many there are', () => {
  const table = new JobTable()
  const jobs = Array.from({ length: 1_000 }, createOne)
  const ids = jobs.map((job) => table.add(job).id)
  expect(new Set(ids).size).toBe(1_000)
  expect(table.size).toBe(1_000)
  expect(ids.map((id) => table.get(id)?.job)).toEqual(jobs)
  expect(new Map([...table].map(({ id, job }) => [id, job]))).toEqual(
    new Map(ids.map((id, i) => [id, jobs[i]])),
  )
  for (const id of ids.slice(1)) table.delete(id)
  expect([...table]).toMatchObject([{ id: ids[0], job: jobs[0] }])
  table.clear()
  expect([...table]).toEqual([])
  expect(table.size).toBe(0)
})

test('a job that stays keeps its place while many others come and go', () => {
  const table = new JobTable()
  const long = createOne()
  const { id } = table.add(long)
  const seen = new Set([id])
  for (let i = 0; i < 10_000; i++) {
    const { id: other } = table.add(createOne())
    seen.add(other)
    table.delete(other)
  }
  expect(table.get(id)?.job).toBe(long)
  expect(seen.size).toBe(10_001)
  expect(table.size).toBe(1)
})

test('an id that was given back finds nothing, also when its place has another job', () => {
  const table = new JobTable()
  const { id } = table.add(createOne())
  table.delete(id)
  table.delete(id)
  expect(table.size).toBe(0)
  for (let i = 0; i < 1_000; i++) table.add(createOne())
  expect(table.get(id)).toBeUndefined()
  table.delete(id)
  expect(table.size).toBe(1_000)
})
