/** Not in every runtime is there a clock that nobody sets. */
const clock = (globalThis as { readonly performance?: { readonly now: () => number } }).performance ?? Date

/** The end of a call: its time is over, or its caller has aborted it. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #endMs: number
  readonly #timer: ReturnType<typeof setTimeout>
  readonly #caller: AbortSignal | undefined
  #isTimedOut = false
  /** Ends a wait. */
  #wake: () => void = () => undefined

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    this.#endMs = clock.now() + timeoutMs
    this.#caller = caller
    this.#timer = setTimeout(() => {
      this.#isTimedOut = true
      this.#abort()
    }, timeoutMs)
    // AbortSignal.any is not in every runtime.
    caller?.addEventListener('abort', this.#abort)
    if (caller?.aborted === true) this.#abort()
  }

  /** Aborted when the call is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get isTimedOut(): boolean {
    return this.#isTimedOut
  }

  get leftMs(): number {
    return this.#endMs - clock.now()
  }

  /** Throws the caller's reason if the caller has aborted the call. */
  throwIfAborted(): void {
    if (this.#caller?.aborted === true) throw this.#caller.reason
  }

  /** Resolves after `ms`, or when the call is to end. */
  async wait(ms: number): Promise<void> {
    if (this.signal.aborted) return
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => {
    this.#controller.abort()
    this.#wake()
  }
}
