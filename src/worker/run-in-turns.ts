import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Runs work that is done in steps with a turn of the event loop after each, so that nothing is blocked for longer than a step.
 * Undefined if `isWanted` returns false before it is done; the steps are then closed, and can release what they hold.
 */
export async function runInTurns<T>(
  steps: Generator<unknown, T>,
  isWanted: () => boolean,
): Promise<T | undefined> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await nextTurn()
    if (isWanted()) continue
    steps.return(undefined as T)
    return undefined
  }
}
