import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createPrunedBuckets, findBucket, fitsPrunedBuckets, keepBucket } from './pruned-buckets.ts'

it('finds the last row that each kept bucket was given, and no other bucket', () => {
  const bucket = fc.nat(200)
  fc.assert(
    fc.property(fc.array(bucket, { maxLength: 60 }), bucket, (kept, other) => {
      const table = createPrunedBuckets(kept.length)
      expect(fitsPrunedBuckets(table.length, kept.length)).toBe(true)
      expect(kept.every((one, row) => keepBucket(table, one, row))).toBe(true)
      for (const one of [...kept, other]) expect(findBucket(table, one)).toBe(kept.lastIndexOf(one))
    }),
  )
})

it('is empty where the model is not pruned', () => {
  expect(createPrunedBuckets(-1)).toHaveLength(0)
  expect(fitsPrunedBuckets(0, -1)).toBe(true)
})

it('refuses buckets that were chosen to collide', () => {
  const table = createPrunedBuckets(4096)
  const kept = Array.from({ length: 2000 }, (_, row) => keepBucket(table, row * 8192 * 2, row))
  expect(kept.indexOf(false)).toBeGreaterThan(900)
})
