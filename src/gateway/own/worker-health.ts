import type { WorkerHello } from '../../contracts/index.ts'

/** A worker that has left so many heartbeats unanswered is taken for hung, until it is heard again. */
const suspectAfter = 4

/** Whether a worker can be asked: what it has said, and how long it has been silent. */
export class WorkerHealth {
  hello: WorkerHello | undefined
  isLeaving = false
  isClosed = false
  #unanswered = 0

  /** It serves, wants requests, and is not known to hang. */
  get isHealthy(): boolean {
    return this.hello !== undefined && !this.isLeaving && !this.isClosed && !this.isSuspect
  }

  /** It is silent, and may hang. */
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
