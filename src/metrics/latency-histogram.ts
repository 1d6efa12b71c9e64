import type { DurationFigures, LatencyBuckets } from '../contracts/index.ts'

/** Sixteen buckets to each doubling: a quantile is off by 4.5 % at most. */
const bucketsPerDoubling = 16

/** From 1 µs to over an hour. */
const bucketCount = 32 * bucketsPerDoubling

/** Counts durations in buckets whose width grows with them, so that quantiles of any number of them take little memory. */
export class LatencyHistogram {
  /** Of a year of answers there are more than 32 bits can count. */
  readonly #counts = new Float64Array(bucketCount)
  #total = 0
  #sumMs = 0

  /** One with what another process has counted. */
  static of({ sumMs, buckets }: DurationFigures): LatencyHistogram {
    const histogram = new LatencyHistogram()
    histogram.addSince([], buckets)
    histogram.#sumMs = sumMs
    return histogram
  }

  get total(): number {
    return this.#total
  }

  add(durationMs: number): void {
    const bucket = Math.floor(Math.log2(Math.max(1, durationMs * 1_000)) * bucketsPerDoubling)
    const index = Math.min(bucket, bucketCount - 1)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#total++
    this.#sumMs += durationMs
  }

  merge(other: LatencyHistogram): void {
    for (let i = 0; i < bucketCount; i++) this.#counts[i] = (this.#counts[i] ?? 0) + (other.#counts[i] ?? 0)
    this.#total += other.#total
    this.#sumMs += other.#sumMs
  }

  /** The buckets that are not empty, each by its number with its count: the form in which processes exchange a histogram. */
  toBuckets(): LatencyBuckets {
    const buckets: [number, number][] = []
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const count = this.#counts[bucket] ?? 0
      if (count > 0) buckets.push([bucket, count])
    }
    return buckets
  }

  /** The same, with the sum. */
  toFigures(): DurationFigures {
    return { sumMs: this.#sumMs, buckets: this.toBuckets() }
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
      if (seen >= rank) return endOfBucketMs(i)
    }
    return null
  }
}

/** What every duration in a bucket stays below. */
export function endOfBucketMs(bucket: number): number {
  return 2 ** ((bucket + 1) / bucketsPerDoubling) / 1_000
}
