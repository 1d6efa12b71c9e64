import { ChangeoverError } from '../contracts/index.ts'

type Turn = { readonly what: string; readonly preempted: AbortController; readonly ended: Promise<void> }

export type TurnOptions = {
  /** Whether it goes before what is under way, instead of being refused. */
  readonly isFirst?: boolean
  /** Told of each thing that is waited for. */
  readonly onWait?: (what: string) => void
}

/**
 * Lets one thing be done to the stack at a time, and refuses the next one instead of keeping it waiting. What must not be
 * refused waits its turn, and what is before it is asked to give way.
 */
export class Mutex {
  /** What is under way, and what waits behind it. */
  readonly #turns: Turn[] = []
  #background: { readonly preempted: AbortController; readonly ended: Promise<void> } | undefined

  /** What is being done, or undefined. */
  get busyWith(): string | undefined {
    return this.#turns[0]?.what
  }

  /** Does what gives way to the next thing, whose name is the signal's reason then; does nothing while something is under way. */
  async runInBackground(work: (preempted: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#turns.length > 0) return
    const preempted = new AbortController()
    const done = work(preempted.signal)
    this.#background = { preempted, ended: done.catch(() => undefined) }
    await done
  }

  /**
   * Throws `rollout_busy` if something else is under way, unless it goes first. The signal is aborted, with what waits as its
   * reason, when the work should end, or hurry.
   */
  async tryRun(
    what: string,
    work: (preempted: AbortSignal) => Promise<void>,
    { isFirst = false, onWait }: TurnOptions = {},
  ): Promise<void> {
    const before = this.#turns.at(-1)
    if (before !== undefined && !isFirst)
      throw new ChangeoverError(
        'rollout_busy',
        `${this.busyWith ?? before.what} is under way; wait until that has ended, one at a time`,
      )
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const turn: Turn = { what, preempted: new AbortController(), ended }
    for (const { preempted } of this.#turns) preempted.abort(what)
    this.#turns.push(turn)
    try {
      if (before !== undefined) {
        onWait?.(before.what)
        await before.ended
      }
      this.#background?.preempted.abort(what)
      await this.#background?.ended
      await work(turn.preempted.signal)
    } finally {
      this.#turns.splice(this.#turns.indexOf(turn), 1)
      end()
    }
  }
}
