/** A value that changes, and tells those who use it. */
export type Signal<Value> = {
  readonly value: Value
  readonly set: (value: Value) => void
  /** Calls back after each change, until the function that is returned is called. */
  readonly subscribe: (listener: () => void) => () => void
}

export function signal<Value>(initial: Value): Signal<Value> {
  let current = initial
  const listeners = new Set<() => void>()
  return {
    get value() {
      return current
    },
    set: (value) => {
      if (Object.is(value, current)) return
      current = value
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
