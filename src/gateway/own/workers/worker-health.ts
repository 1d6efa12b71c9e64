import type { WorkerHello } from '../../../contracts/index.ts'

/** A worker that has left this many heartbeats unanswered counts as hung until something comes from it. */
const suspectAfter = 4

/** Whether a worker can take requests: what it has reported, and for how long it has not responded. */
export class WorkerHealth {
  hello: WorkerHello | undefined
  isLeaving = false
  isClosed = false
  #unanswered = 0

  /** It serves, takes requests, and does not hang. */
  get isHealthy(): boolean {
    return this.hello !== undefined && !this.isLeaving && !this.isClosed && !this.isSuspect
  }

  /** It does not respond, and may hang. */
  get isSuspect(): boolean {
    return this.#unanswered >= suspectAfter
  }

  /** A heartbeat was due. */
  asked(): void {
    if (this.hello !== undefined) this.#unanswered++
  }

  /** Something came from it. True if it was suspect until now. */
  heard(): boolean {
    const wasSuspect = this.isSuspect
    this.#unanswered = 0
    return wasSuspect
  }
}
