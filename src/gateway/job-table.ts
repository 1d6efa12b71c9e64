import type { Job } from './job.ts'

const initialSlots = 64

type Slot = { id: number; job: Job | undefined }

/**
 * The jobs of a connection by the ids of their frames. A `Map` that jobs come to and leave all the time is rebuilt every few
 * of them, and each of its tables keeps the next one, with all jobs in it, alive until the collector looks at everything.
 */
export class JobTable {
  /** Their number is a power of two; a job lies where the last bits of its id say. */
  #slots = createSlots(initialSlots)
  #size = 0
  #lastId = 0

  get size(): number {
    return this.#size
  }

  /** Keeps a job and returns the id for it: one that no other job has, nor had lately. */
  add(job: Job): number {
    if (this.#size === this.#slots.length) this.#grow()
    let slot: Slot
    do {
      this.#lastId = (this.#lastId + 1) >>> 0
      slot = this.#slotOf(this.#lastId)
    } while (slot.job !== undefined)
    slot.id = this.#lastId
    slot.job = job
    this.#size++
    return slot.id
  }

  get(id: number): Job | undefined {
    const slot = this.#slotOf(id)
    return slot.id === id ? slot.job : undefined
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

  /** Each job with its id; what is deleted meanwhile is left out. */
  *[Symbol.iterator](): Generator<readonly [number, Job]> {
    for (const { id, job } of this.#slots) if (job !== undefined) yield [id, job]
  }

  #slotOf(id: number): Slot {
    const slot = this.#slots[id & (this.#slots.length - 1)]
    if (slot === undefined) throw new RangeError(`there is no slot for ${id}`)
    return slot
  }

  #grow(): void {
    const jobs = [...this]
    this.#slots = createSlots(this.#slots.length * 2)
    for (const [id, job] of jobs) Object.assign(this.#slotOf(id), { id, job })
  }
}

function createSlots(count: number): Slot[] {
  return Array.from({ length: count }, () => ({ id: 0, job: undefined }))
}
