import { useEffect, useState } from 'preact/hooks'

import type { Signal } from '../state/signal.ts'

/** The value of a signal; the component is drawn again when it changes. */
export function useSignal<Value>(signal: Signal<Value>): Value {
  const [value, setValue] = useState(() => signal.value)
  useEffect(() => {
    const read = (): void => setValue(() => signal.value)
    read()
    return signal.subscribe(read)
  }, [signal])
  return value
}
