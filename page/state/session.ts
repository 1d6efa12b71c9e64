import type { Api } from './api.ts'
import { createApi } from './api.ts'
import type { Right } from './connection.ts'
import { connect } from './connection.ts'
import type { Clocks } from './freshness.ts'
import { Freshness, staleAfterMs } from './freshness.ts'
import { signal } from './signal.ts'
import type { Watched } from './watched.ts'
import { watch } from './watched.ts'

const storageKey = 'changeover.token'

/** What is known of the connection, beside what it has told. */
export type Link = {
  readonly state: 'connecting' | 'live' | 'late' | 'lost'
  /** How old what is shown is, and when it was written, by the clock of the server. */
  readonly ageMs: number
  readonly lastMs: number | undefined
  readonly serverMs: number | undefined
  readonly retryAtMs: number | undefined
  readonly why: string | undefined
  readonly hasStopped: boolean
}

const nothing: Link = {
  ...{ state: 'connecting', ageMs: Infinity, lastMs: undefined, serverMs: undefined },
  ...{ retryAtMs: undefined, why: undefined, hasStopped: false },
}

/** The token, in this tab only; undefined if none is known. */
export const token = signal<string | undefined>(readToken())
export const wasRefused = signal(false)
export const watched = signal<Watched | undefined>(undefined)
export const link = signal<Link>(nothing)
export const right = signal<Right>('look')
/** Why something was not done that was asked for in a dialog which is closed by now. */
export const lateFault = signal<string | undefined>(undefined)
export const api = signal<Api | undefined>(undefined)

let close: (() => void) | undefined

export function openSession(entered: string): void {
  try {
    sessionStorage.setItem(storageKey, entered)
  } catch {
    // Storage is switched off: it is asked for again when the page is loaded again.
  }
  wasRefused.set(false)
  token.set(entered)
  start(entered)
}

export function closeSession(refused = false): void {
  close?.()
  close = undefined
  try {
    sessionStorage.removeItem(storageKey)
  } catch {
    // As above.
  }
  wasRefused.set(refused)
  token.set(undefined)
  watched.set(undefined)
  lateFault.set(undefined)
  link.set(nothing)
}

function readToken(): string | undefined {
  try {
    return sessionStorage.getItem(storageKey) ?? undefined
  } catch {
    return undefined
  }
}

function start(entered: string): void {
  close?.()
  const freshness = new Freshness()
  let lost: { readonly retryAtMs: number; readonly why: string | undefined } | undefined
  let hasStopped = false
  const refuse = (): void => closeSession(true)

  const update = (): void => {
    const now = readClocks()
    const ageMs = freshness.ageMs(now)
    const isStale = ageMs > staleAfterMs
    const state = lost !== undefined ? 'lost' : ageMs === Infinity ? 'connecting' : isStale ? 'late' : 'live'
    link.set({
      ...{ state, ageMs, lastMs: freshness.lastMs, serverMs: freshness.serverMs(now) },
      ...{ retryAtMs: lost?.retryAtMs, why: lost?.why, hasStopped },
    })
  }

  const disconnect = connect(entered, {
    onEvent: (event, isFirst) => {
      freshness.note(event, readClocks(), isFirst)
      if (isFirst) lost = undefined
      hasStopped = event.type === 'closed'
      watched.set(watch(watched.value, event))
      update()
    },
    onRight: right.set,
    onRefused: refuse,
    onLost: (retryAtMs, why) => {
      lost = { retryAtMs, why }
      update()
    },
  })
  const timer = window.setInterval(update, 500)
  document.addEventListener('visibilitychange', update)
  api.set(createApi(entered, refuse))
  close = () => {
    disconnect()
    clearInterval(timer)
    document.removeEventListener('visibilitychange', update)
  }
}

function readClocks(): Clocks {
  return { dateMs: Date.now(), steadyMs: performance.now() }
}

if (token.value !== undefined) start(token.value)
