import type { Latency, TrafficFigures } from '../../contracts/index.ts'
import { LatencyHistogram } from '../../metrics/index.ts'

/** How far back the recent figures reach, and in what pieces they grow old. */
const pieceMs = 1_000
const pieceCount = 10
/** The time over which callers count as slowed now. */
const latestPieces = 2

/** Counts the outcomes of requests in a period. */
class Stretch {
  readonly latency = new LatencyHistogram()
  accepted = 0
  refused = 0
  lost = 0
  longestGapMs: number | null = null

  answered(durationMs: number, gapMs: number): void {
    this.latency.add(durationMs)
    this.longestGapMs = Math.max(this.longestGapMs ?? 0, gapMs)
  }

  add(other: Stretch): void {
    this.latency.merge(other.latency)
    this.accepted += other.accepted
    this.refused += other.refused
    this.lost += other.lost
    if (other.longestGapMs !== null) this.longestGapMs = Math.max(this.longestGapMs ?? 0, other.longestGapMs)
  }

  figures(): TrafficFigures {
    const { accepted, refused, lost, longestGapMs } = this
    return { accepted, answered: this.latency.total, refused, lost, longestGapMs, ...this.latencies() }
  }

  latencies(): Latency {
    return { p50Ms: this.latency.quantile(0.5), p99Ms: this.latency.quantile(0.99) }
  }
}

/** What the gateway's requests went through: since somebody last asked, and in the last seconds. Times are `performance.now()`. */
export class TrafficMeter {
  #window = new Stretch()
  #pieces: { readonly number: number; readonly stretch: Stretch }[] = []
  #underWay = 0
  /** Since when requests wait and none has been answered. */
  #gapSinceMs = 0

  accepted(nowMs: number): void {
    if (this.#underWay++ === 0) this.#gapSinceMs = nowMs
    this.#window.accepted++
    this.#piece(nowMs).accepted++
  }

  answered(nowMs: number, durationMs: number): void {
    const gapMs = nowMs - this.#gapSinceMs
    this.#ended(nowMs)
    this.#window.answered(durationMs, gapMs)
    this.#piece(nowMs).answered(durationMs, gapMs)
  }

  /** Counts answers that another process has given. */
  answeredElsewhere(nowMs: number, latency: LatencyHistogram): void {
    this.#window.latency.merge(latency)
    this.#piece(nowMs).latency.merge(latency)
  }

  refused(nowMs: number): void {
    this.#ended(nowMs)
    this.#window.refused++
    this.#piece(nowMs).refused++
  }

  /** The client has disconnected before there was an answer. */
  abandoned(nowMs: number): void {
    this.#ended(nowMs)
  }

  lost(nowMs: number): void {
    this.#ended(nowMs)
    this.#window.lost++
    this.#piece(nowMs).lost++
  }

  /** The figures since the last call. */
  takeWindow(): TrafficFigures {
    const figures = this.#window.figures()
    this.#window = new Stretch()
    return figures
  }

  /** The figures of the last ten seconds. */
  recent(nowMs: number): TrafficFigures {
    return this.#sum(nowMs, pieceCount).figures()
  }

  /** The latencies of the last second or two. */
  latest(nowMs: number): Latency {
    return this.#sum(nowMs, latestPieces).latencies()
  }

  #ended(nowMs: number): void {
    this.#underWay--
    this.#gapSinceMs = nowMs
  }

  #piece(nowMs: number): Stretch {
    const number = Math.floor(nowMs / pieceMs)
    const last = this.#pieces.at(-1)
    if (last?.number === number) return last.stretch
    const stretch = new Stretch()
    this.#pieces.push({ number, stretch })
    if (this.#pieces.length > pieceCount) this.#pieces.shift()
    return stretch
  }

  #sum(nowMs: number, pieces: number): Stretch {
    const sum = new Stretch()
    const first = Math.floor(nowMs / pieceMs) - pieces + 1
    for (const { number, stretch } of this.#pieces) if (number >= first) sum.add(stretch)
    return sum
  }
}
