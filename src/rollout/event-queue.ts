/** Events in the order in which they came, for one that takes them one at a time. */
export class EventQueue<Event> {
  readonly #events: Event[] = []
  #wake: () => void = () => undefined

  push(event: Event): void {
    this.#events.push(event)
    this.#wake()
  }

  /** Waits for the next event. */
  async take(): Promise<Event> {
    for (;;) {
      const event = this.#events.shift()
      if (event !== undefined) return event
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
