import type { Job } from './job.ts'

const initialSlots = 64

/** A job as one worker has it. Times are `performance.now()`. */
export type Attempt = {
  /** The id of its frame. */
  id: number
  job: Job | undefined
  sentMs: number
  /** When the answer is late for its route, and when it times out. */
  lateMs: number
  dueMs: number
  /** How often the link had written when the frame was collected. */
  writes: number
}

/** An attempt that has a job. */
export type LiveAttempt = Attempt & { readonly job: Job }

/**
 * The attempts of a connection by the ids of their frames. A `Map` with constant inserts and deletes is rebuilt every
 * few of them, and each of its tables keeps the next one, with all jobs in it, alive until a full garbage collection.
 */
export class JobTable {
  /** Their number is a power of two; the last bits of its id are an attempt's slot, and slots are reused. */
  #slots = createSlots(initialSlots)
  #size = 0
  #lastId = 0

  get size(): number {
    return this.#size
  }

  /** Keeps a job under an id that no other job has, nor had lately; the caller fills in the times. */
  add(job: Job): Attempt {
    if (this.#size === this.#slots.length) this.#grow()
    let slot: Attempt
    do {
      this.#lastId = (this.#lastId + 1) >>> 0
      slot = this.#slotOf(this.#lastId)
    } while (slot.job !== undefined)
    slot.id = this.#lastId
    slot.job = job
    this.#size++
    return slot
  }

  get(id: number): LiveAttempt | undefined {
    const slot = this.#slotOf(id)
    return slot.id === id && slot.job !== undefined ? (slot as LiveAttempt) : undefined
  }

  delete(id: number): void {
    const slot = this.#slotOf(id)
    if (slot.id !== id || slot.job === undefined) return
    slot.job = undefined
    this.#size--
  }

  clear(): void {
    this.#slots = createSlots(initialSlots)
    this.#size = 0
  }

  /** Each attempt; what is deleted meanwhile is left out. */
  *[Symbol.iterator](): Generator<LiveAttempt> {
    for (const slot of this.#slots) if (slot.job !== undefined) yield slot as LiveAttempt
  }

  #slotOf(id: number): Attempt {
    const slot = this.#slots[id & (this.#slots.length - 1)]
    if (slot === undefined) throw new RangeError(`there is no slot for ${id}`)
    return slot
  }

  #grow(): void {
    const attempts = [...this]
    this.#slots = createSlots(this.#slots.length * 2)
    for (const attempt of attempts) Object.assign(this.#slotOf(attempt.id), attempt)
  }
}

function createSlots(count: number): Attempt[] {
  return Array.from({ length: count }, () => ({
    id: 0,
    job: undefined,
    sentMs: 0,
    lateMs: 0,
    dueMs: 0,
    writes: 0,
  }))
}
