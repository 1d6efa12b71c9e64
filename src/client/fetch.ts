/** What a client needs of `fetch`. The global one fits, and so does one of your own, over a Unix socket for example. */
export type Fetch = (url: string, request: FetchRequest) => Promise<FetchResponse>

export type FetchRequest = {
  readonly method: 'GET' | 'POST'
  readonly headers: Record<string, string>
  readonly body?: string
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

export type FetchResponse = {
  readonly status: number
  readonly headers: HeaderReader
  readonly text: () => Promise<string>
  readonly arrayBuffer: () => Promise<ArrayBuffer>
}

export type HeaderReader = {
  /** The value of a header, null if the answer has none. In a page of another origin, also if the server does not expose it. */
  readonly get: (name: string) => string | null
}
