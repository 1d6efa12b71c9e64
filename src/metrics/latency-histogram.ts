import type { LatencyBuckets } from '../contracts/index.ts'

/** Sixteen buckets to each doubling: a quantile is off by 4.5 % at most. */
const bucketsPerDoubling = 16

/** From 1 µs to over an hour. */
const bucketCount = 32 * bucketsPerDoubling

/** Counts durations in buckets whose width grows with them, so that quantiles of any number of them take little memory. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(bucketCount)
  #total = 0

  get total(): number {
    return this.#total
  }

  add(durationMs: number): void {
    const bucket = Math.floor(Math.log2(Math.max(1, durationMs * 1_000)) * bucketsPerDoubling)
    const index = Math.min(bucket, bucketCount - 1)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#total++
  }

  merge(other: LatencyHistogram): void {
    for (let i = 0; i < bucketCount; i++) this.#counts[i] = (this.#counts[i] ?? 0) + (other.#counts[i] ?? 0)
    this.#total += other.#total
  }

  /** The buckets that are not empty, each by its number with its count: the form in which processes exchange a histogram. */
  toBuckets(): LatencyBuckets {
    return [...this.#counts].flatMap((count, bucket) => (count === 0 ? [] : [[bucket, count] as const]))
  }

  /** Adds what another histogram has counted since it was `before`; both are its buckets. */
  addSince(before: LatencyBuckets, now: LatencyBuckets): void {
    const counted = new Map(before)
    for (const [bucket, count] of now) {
      const added = count - (counted.get(bucket) ?? 0)
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + added
      this.#total += added
    }
  }

  /** The duration in ms that the share `q` of all stay below, as the upper end of its bucket; null if nothing was counted. */
  quantile(q: number): number | null {
    if (this.#total === 0) return null
    const rank = Math.max(1, Math.ceil(q * this.#total))
    let seen = 0
    for (let i = 0; i < bucketCount; i++) {
      seen += this.#counts[i] ?? 0
      if (seen >= rank) return 2 ** ((i + 1) / bucketsPerDoubling) / 1_000
    }
    return null
  }
}
