/** How an attempt failed: without an answer, or with one. */
export type Failure = {
  /** Undefined if there was no answer. */
  readonly status: number | undefined
  readonly code: string
  /** The value of `retry-after`. */
  readonly retryAfter: string | null
}

export type RetryRules = {
  /** How often a request may be sent again. */
  readonly retries: number
  /** Whether it may be carried out more than once. */
  readonly isRepeatable: boolean
}

/** By these answers the request has not been carried out: nothing took it. */
const refusals = new Set(['overloaded', 'no_instance', 'instance_paused'])

/** Another attempt may succeed. */
const passingStatuses = new Set([408, 429, 502, 503, 504])

const firstBackoffMs = 100
const maxBackoffMs = 5_000

/**
 * How long to wait before the next attempt, undefined if there is none. The time is random ("full jitter"), so that clients that
 * failed together do not return together; it is added to what the answer asks for. `random` is from 0 to 1.
 */
export function retryDelayMs(
  failure: Failure,
  attempts: number,
  { retries, isRepeatable }: RetryRules,
  nowMs: number,
  random: number,
): number | undefined {
  if (attempts > retries || !mayRetry(failure, isRepeatable)) return undefined
  const backoffMs = Math.min(firstBackoffMs * 2 ** (attempts - 1), maxBackoffMs)
  return (readRetryAfter(failure.retryAfter, nowMs) ?? 0) + random * backoffMs
}

function mayRetry({ status, code }: Failure, isRepeatable: boolean): boolean {
  if (status === 503 && refusals.has(code)) return true
  if (!isRepeatable) return false
  return status === undefined ? code === 'no_answer' : passingStatuses.has(status)
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function readRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1_000
  const dateMs = Date.parse(value)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
