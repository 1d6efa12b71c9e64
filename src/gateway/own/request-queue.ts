import type { GatewayLimits } from '../../config/schema/index.ts'
import type { Job } from './job.ts'

/** How many jobs may have left before the list is copied: taking from the front costs nothing on the whole. */
const copyAfter = 1_000

/** Requests that wait for a worker, in the order in which they came; bounded in number and in bytes. */
export class RequestQueue {
  readonly #limits: Pick<GatewayLimits, 'maxWaiting' | 'maxWaitingBytes'>
  /** What has left is cleared at once: a body is large. */
  #jobs: (Job | undefined)[] = []
  #head = 0
  #bytes = 0

  constructor(limits: Pick<GatewayLimits, 'maxWaiting' | 'maxWaitingBytes'>) {
    this.#limits = limits
  }

  get length(): number {
    return this.#jobs.length - this.#head
  }

  get first(): Job | undefined {
    return this.#jobs[this.#head]
  }

  /** False if there is no room. */
  add(job: Job): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#limits
    const sizeBytes = job.request.body.length
    if (this.length >= maxWaiting || this.#bytes + sizeBytes > maxWaitingBytes) return false
    this.#bytes += sizeBytes
    this.#jobs.push(job)
    return true
  }

  /** Removes those whose clients have disconnected, and returns them. */
  removeAbandoned(): readonly Job[] {
    if (!this.#jobs.some((job) => job?.client.isGone === true)) return []
    const waiting = this.#jobs.slice(this.#head).filter((job) => job !== undefined)
    const abandoned = waiting.filter(({ client }) => client.isGone)
    this.#jobs = waiting.filter(({ client }) => !client.isGone)
    this.#head = 0
    for (const { request } of abandoned) this.#bytes -= request.body.length
    return abandoned
  }

  removeFirst(): void {
    this.#bytes -= this.first?.request.body.length ?? 0
    this.#jobs[this.#head++] = undefined
    if (this.#head < copyAfter && this.#head < this.#jobs.length) return
    this.#jobs = this.#jobs.slice(this.#head)
    this.#head = 0
  }
}
