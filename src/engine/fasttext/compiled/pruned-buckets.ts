/** As for words: more probes than this mean buckets that were chosen to collide. */
const maxProbes = 1_000

const slotWidth = 2
const empty = -1

/**
 * The n-gram buckets that a pruned model kept: an open-addressing hash table of a power of two slots, at most
 * half of them taken; each holds a bucket (-1: empty) and its row, counted from the first n-gram row. Without
 * slots the model is not pruned and every bucket has its own row.
 */
export type PrunedBuckets = Int32Array

/** A table for `count` buckets; -1: a model that is not pruned. */
export function createPrunedBuckets(count: number): PrunedBuckets {
  if (count < 0) return new Int32Array(0)
  const slots = 2 ** Math.ceil(Math.log2(Math.max(1, count) * 2))
  return new Int32Array(slots * slotWidth).fill(empty)
}

/** Whether sections of this length can be such a table for `count` buckets. */
export function fitsPrunedBuckets(length: number, count: number): boolean {
  if (count < 0) return length === 0
  return Number.isInteger(Math.log2(length / slotWidth)) && length / slotWidth > count
}

/** Gives `bucket` a row, in place of an earlier one as in the reference; false if too many buckets crowd its place. */
export function keepBucket(table: PrunedBuckets, bucket: number, row: number): boolean {
  const last = table.length - slotWidth
  let index = Math.imul(bucket, slotWidth) & last
  for (let probes = 0; probes <= maxProbes; probes++) {
    if (table[index] === bucket || table[index] === empty) {
      table[index] = bucket
      table[index + 1] = row
      return true
    }
    index = (index + slotWidth) & last
  }
  return false
}

/** The row of `bucket`, or -1 if it was pruned. */
export function findBucket(table: PrunedBuckets, bucket: number): number {
  const last = table.length - slotWidth
  let index = Math.imul(bucket, slotWidth) & last
  // A damaged table may have no empty slot, so visit each once.
  for (let looked = 0; looked < table.length; looked += slotWidth) {
    const found = table[index] as number
    if (found === bucket) return table[index + 1] as number
    if (found === empty) return empty
    index = (index + slotWidth) & last
  }
  return empty
}
