import { ChangeoverError } from '../contracts/index.ts'

/** Lets one thing be done to the stack at a time, and refuses the next one instead of keeping it waiting. */
export class OneAtATime {
  #busyWith: string | undefined
  #aside: Promise<void> = Promise.resolve()

  /** What is being done, or undefined. */
  get busyWith(): string | undefined {
    return this.#busyWith
  }

  /** Does what the next thing waits for instead of being refused; nothing where something is under way. */
  async runAside(work: () => Promise<void>): Promise<void> {
    if (this.#busyWith !== undefined) return
    const done = work()
    this.#aside = done.catch(() => undefined)
    await done
  }

  /** Throws `rollout_busy` where something else is under way. */
  async run(what: string, work: () => Promise<void>): Promise<void> {
    if (this.#busyWith !== undefined)
      throw new ChangeoverError(
        'rollout_busy',
        `${this.#busyWith} is under way; wait until that has ended, one at a time`,
      )
    this.#busyWith = what
    try {
      await this.#aside
      await work()
    } finally {
      this.#busyWith = undefined
    }
  }
}
