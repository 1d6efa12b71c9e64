type Timer = { readonly atMs: number; readonly order: number; readonly work: () => void }

/** Time that passes when it is told to. */
export class SimulatedTime {
  nowMs = 0

  /** How many timers are still to come. */
  get pending(): number {
    return this.#timers.length
  }

  #order = 0
  #timers: Timer[] = []

  after(delayMs: number, work: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, order: this.#order++, work }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  every(periodMs: number, work: () => void): () => void {
    let cancel: () => void = () => undefined
    const schedule = (): void => {
      cancel = this.after(periodMs, () => {
        schedule()
        work()
      })
    }
    schedule()
    return () => cancel()
  }

  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= endMs)
      const next = due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.nowMs = next.atMs
      next.work()
    }
    this.nowMs = endMs
  }
}
