/** An answer as it came over the wire. */
export type Answer = {
  readonly atMs: number
  readonly status: number
  /** What the header `x-model-version` names. */
  readonly version: string | undefined
  /** Whether it has the header `retry-after`. */
  readonly hasRetryAfter: boolean
  readonly body: string
}

/** One request, and everything that came of it. All times are of one clock that never goes back. */
export type Exchange = {
  readonly id: number
  /** The kind of client that sent it. */
  readonly client: string
  /** Which of the load's requests it is. */
  readonly request: number
  /** When its first byte was written, and its last. */
  readonly sentMs: number
  completeMs: number
  /** One, where all is well. More, where bytes came that no request was waiting for. */
  readonly answers: Answer[]
  /** Why there is no complete answer. */
  failure: string | undefined
}

/** Everything that a load sent and what it got. Only ever added to. */
export type History = { readonly exchanges: Exchange[] }

/** Notes a request that is about to be sent, under the next id. */
export function beginExchange(
  { exchanges }: History,
  { client, request, nowMs }: { readonly client: string; readonly request: number; readonly nowMs: number },
): Exchange {
  const exchange: Exchange = {
    id: exchanges.length,
    client,
    request,
    sentMs: nowMs,
    completeMs: nowMs,
    answers: [],
    failure: undefined,
  }
  exchanges.push(exchange)
  return exchange
}
