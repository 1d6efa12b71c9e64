import type { LatestAnswers, PortFigures } from '../contracts/index.ts'
import { LatencyHistogram } from './latency-histogram.ts'

/** The size of each of the two generations: when the newer one is full, it replaces the older one. */
const generationSize = 10_000

class Generation {
  readonly latency = new LatencyHistogram()
  failed = 0

  add(latency: LatencyHistogram, failed: number): void {
    this.latency.merge(latency)
    this.failed += failed
  }
}

/** The recent answers of an instance: the last ten to twenty thousand, over any time. */
export class AnswerMeter {
  #current = new Generation()
  #before = new Generation()

  answered(durationMs: number, isFailure: boolean): void {
    this.#current.latency.add(durationMs)
    if (isFailure) this.#current.failed++
    this.#rotateGenerations()
  }

  /** No answer came. */
  lost(): void {
    this.#current.failed++
  }

  /** Counts answers that another process has given. */
  answeredElsewhere(latency: LatencyHistogram, failed: number): void {
    this.#current.add(latency, failed)
    this.#rotateGenerations()
  }

  forget(): void {
    this.#current = new Generation()
    this.#before = new Generation()
  }

  get latest(): LatestAnswers {
    const { latency, failed } = this.#sum()
    return { answered: latency.total, failed, p99Ms: latency.quantile(0.99) }
  }

  /** The meter as one process sends it to another. */
  get figures(): PortFigures {
    const { latency, failed } = this.#sum()
    return { failed, latency: latency.toBuckets() }
  }

  /** Continues from what another process has counted. */
  continueFrom({ failed, latency }: PortFigures): void {
    const counted = new LatencyHistogram()
    counted.addSince([], latency)
    this.#before.add(counted, failed)
  }

  #sum(): Generation {
    const sum = new Generation()
    for (const { latency, failed } of [this.#before, this.#current]) sum.add(latency, failed)
    return sum
  }

  #rotateGenerations(): void {
    if (this.#current.latency.total < generationSize) return
    this.#before = this.#current
    this.#current = new Generation()
  }
}
