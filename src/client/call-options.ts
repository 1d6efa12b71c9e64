import type { Fetch } from './fetch.ts'

/** What may be said of each call. */
export type CallOptions = {
  /** How long the call may take, all attempts together, in milliseconds: 1 to 2147483647. Default: the client's. */
  readonly timeoutMs?: number | undefined
  /** How often the request may be sent again at most. Default: the client's. */
  readonly retries?: number | undefined
  /** Ends the call: it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
  /** Besides those of the client. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export type ClientOptions = {
  /** How long a call may take, all attempts together, in milliseconds: 1 to 2147483647. Default: 30000. */
  readonly timeoutMs?: number | undefined
  /** How often a request may be sent again at most. Default: 2. */
  readonly retries?: number | undefined
  /** What each request has, such as `authorization` for a proxy. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** In place of the global `fetch`. */
  readonly fetch?: Fetch | undefined
}
