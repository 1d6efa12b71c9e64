import { ChangeoverError } from '../contracts/index.ts'

/** Aborted with an error that says so when something else asks the work to give way, before it has touched an instance. */
export function abortedBy(preempted: AbortSignal, what: string, until = 'touched an instance'): AbortSignal {
  const controller = new AbortController()
  const end = (): void =>
    controller.abort(
      new ChangeoverError(
        'rollout_failed',
        `${what} was cancelled before it ${until}: ${String(preempted.reason)} has priority; run it again if you still want it`,
      ),
    )
  if (preempted.aborted) end()
  else preempted.addEventListener('abort', end)
  return controller.signal
}

/** Waits for work that cannot be stopped, but no longer than it is wanted. Throws the signal's reason. */
export function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}

/** Resolves as soon as the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const end = (): void => resolve(undefined)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })
}
