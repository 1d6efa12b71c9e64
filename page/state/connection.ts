import type { StreamEvent } from '../../src/contracts/stream.ts'
import { ApiError, readLines, readProblem, request } from './api.ts'
import { backoffMs } from './backoff.ts'

export type Right = 'look' | 'change'

export type ConnectionEvents = {
  readonly onEvent: (event: StreamEvent, isFirst: boolean) => void
  readonly onRight: (right: Right) => void
  /** The token is not known, or no longer. */
  readonly onRefused: () => void
  /** It is lost, and is tried again at this time of `performance.now()`; why, if the server has said it. */
  readonly onLost: (retryAtMs: number, why: string | undefined) => void
}

/** A line comes each second, and a long one piece by piece. */
const silenceMs = 6_000

/** Reads the stream of events, and begins again whenever it breaks off, until it is closed. */
export function connect(
  token: string,
  { onEvent, onRight, onRefused, onLost }: ConnectionEvents,
): () => void {
  let isClosed = false
  let failures = 0
  let retry: (() => void) | undefined
  let current = new AbortController()

  const read = async (): Promise<void> => {
    current = new AbortController()
    const { signal } = current
    let silence = window.setTimeout(() => current.abort(), silenceMs)
    const listenOn = (): void => {
      clearTimeout(silence)
      silence = window.setTimeout(() => current.abort(), silenceMs)
    }
    try {
      const response = await request(token, 'GET', 'v1/events', undefined, signal)
      if (!response.ok) throw await readProblem(response)
      onRight(response.headers.get('changeover-right') === 'change' ? 'change' : 'look')
      let isFirst = true
      for await (const line of readLines(response, listenOn)) {
        onEvent(JSON.parse(line) as StreamEvent, isFirst)
        isFirst = false
        failures = 0
      }
    } finally {
      clearTimeout(silence)
      current.abort()
    }
  }

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = window.setTimeout(resolve, ms)
      retry = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const run = async (): Promise<void> => {
    while (!isClosed) {
      let why: string | undefined
      try {
        await read()
      } catch (error) {
        if (error instanceof ApiError) {
          if (error.status === 401) {
            onRefused()
            return
          }
          why = error.message
        }
      }
      // It may have been closed while it was read.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
      if (isClosed) return
      const ms = backoffMs(failures++, Math.random())
      onLost(performance.now() + ms, why)
      await wait(ms)
    }
  }

  const hurry = (): void => retry?.()
  window.addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)
  void run()
  return () => {
    isClosed = true
    current.abort()
    retry?.()
    window.removeEventListener('online', hurry)
    document.removeEventListener('visibilitychange', hurry)
  }
}
