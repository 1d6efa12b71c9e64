import { ClientError } from './client-error.ts'
import { Deadline } from './deadline.ts'
import type { DescribedFailure } from './describe-failure.ts'
import { describeFailure } from './describe-failure.ts'
import type { Fetch, FetchRequest, FetchResponse } from './fetch.ts'
import type { Content } from './read-content.ts'
import { readContent } from './read-content.ts'
import type { RetryRules } from './retry.ts'
import { retryDelayMs } from './retry.ts'

export type ExchangeRequest = Pick<FetchRequest, 'method' | 'headers'> &
  RetryRules & {
    readonly url: string
    readonly body: string | undefined
    /** For all attempts together. */
    readonly timeoutMs: number
    readonly signal: AbortSignal | undefined
  }

/** An answer with a status of 200 to 299, read to its end. */
export type Exchanged = {
  readonly response: FetchResponse
  readonly content: Content
  readonly attempts: number
}

/**
 * Sends a request, again if it failed and may be sent again. Throws `ClientError`, or the reason of the signal if that is aborted.
 * An answer is not taken for one until it is read to its end.
 */
export async function exchange(request: ExchangeRequest, fetch: Fetch): Promise<Exchanged> {
  const deadline = new Deadline(request.timeoutMs, request.signal)
  const name = `${request.method} ${request.url}`
  try {
    for (let attempts = 1; ; attempts++) {
      deadline.throwIfAborted()
      const { answer, failure } = await attempt(request, fetch, deadline.signal)
      if (failure === undefined) return { ...answer, attempts }
      if (!deadline.signal.aborted) {
        const { why, facts } = failure
        const retryAfter = answer?.response.headers.get('retry-after') ?? null
        const failed = { status: facts.status, code: facts.code, retryAfter }
        const delayMs = retryDelayMs(failed, attempts, request, Date.now(), Math.random())
        if (delayMs === undefined || delayMs >= deadline.leftMs)
          throw new ClientError(`${name} ${why}`, { ...facts, attempts })
        await deadline.wait(delayMs)
      }
      deadline.throwIfAborted()
      if (deadline.isTimedOut) throw timedOut(name, request.timeoutMs, attempts, failure)
    }
  } finally {
    deadline.close()
  }
}

type Answer = { readonly response: FetchResponse; readonly content: Content }

type Attempt =
  | { readonly answer: Answer; readonly failure: undefined }
  | { readonly answer: Answer | undefined; readonly failure: DescribedFailure }

async function attempt(
  { url, method, headers, body }: ExchangeRequest,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal,
    })
    const answer = { response, content: await readContent(response) }
    return { answer, failure: describeFailure(response, answer.content) }
  } catch (cause) {
    return {
      answer: undefined,
      failure: { why: `got no answer: ${reasonOf(cause)}`, facts: { code: 'no_answer', cause } },
    }
  }
}

/** What `fetch` throws says little; its cause says more, if the runtime has one. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error
  return String(cause instanceof AggregateError ? cause.errors[0] : cause)
}

function timedOut(name: string, timeoutMs: number, attempts: number, failure: DescribedFailure): ClientError {
  const before = failure.facts.status === undefined ? '' : `; it ${failure.why} before`
  return new ClientError(`${name} did not succeed within ${timeoutMs} ms${before}`, {
    code: 'timed_out',
    attempts,
  })
}
