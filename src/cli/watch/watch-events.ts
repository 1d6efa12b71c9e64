import { setTimeout as sleep } from 'node:timers/promises'

import type { StreamEvent } from '../../contracts/index.ts'
import { toMessage } from '../../contracts/index.ts'
import type { ControlClient } from '../../control-api/index.ts'

const retryMs = 1_000
/** Something comes each second. Of who sends nothing for so long the connection is given up. */
const maxSilenceMs = 10_000

export type StreamListeners = {
  readonly onEvent: (event: StreamEvent) => void
  /** Called once each time that it is lost. */
  readonly onLost: (why: string) => void
}

/** Follows the events of a stack until it is aborted, over as many connections as that takes. Throws if there is no first one. */
export async function watchEvents(
  { events }: Pick<ControlClient, 'events'>,
  { onEvent, onLost }: StreamListeners,
  signal: AbortSignal,
): Promise<void> {
  const isOver = (): boolean => signal.aborted
  const known = { hasBegun: false, isLost: false }
  while (!isOver()) {
    let why = 'it ended the connection'
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(), maxSilenceMs)
    try {
      // A snapshot may be megabytes: on a slow link its one line takes longer than any silence may.
      const all = events(AbortSignal.any([signal, silence.signal]), () => void timer.refresh())
      for await (const event of all) {
        known.hasBegun = true
        known.isLost = false
        onEvent(event)
        if (event.type === 'closed') why = 'the supervisor has stopped'
      }
      if (silence.signal.aborted) why = `the supervisor has sent nothing for ${maxSilenceMs / 1_000} s`
    } catch (error) {
      if (!known.hasBegun && !isOver()) throw error
      why = toMessage(error)
    } finally {
      clearTimeout(timer)
    }
    if (isOver()) return
    if (!known.isLost) onLost(why)
    known.isLost = true
    await sleep(retryMs, undefined, { signal }).catch(() => undefined)
  }
}
