import { ChangeoverError } from '../contracts/index.ts'

/** Lets one thing be done to the stack at a time, and refuses the next one instead of keeping it waiting. */
export class OneAtATime {
  #busyWith: string | undefined

  /** What is being done, or undefined. */
  get busyWith(): string | undefined {
    return this.#busyWith
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
      await work()
    } finally {
      this.#busyWith = undefined
    }
  }
}
