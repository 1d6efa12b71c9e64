import type { Readable } from 'node:stream'

import type { ErrorReport } from '../../contracts/index.ts'
import { errorStatus, problemDetails } from '../../contracts/index.ts'
import type { HeaderBlock } from '../request/header-block.ts'
import { joinHeaders } from '../request/header-block.ts'

/** A complete answer: its length is known, so that head and body are sent in one write. */
export type Answer = {
  readonly status: number
  readonly headers: HeaderBlock
  readonly body: Buffer | string
}

/** An answer that is sent as it is read. */
export type StreamedAnswer = {
  readonly status: number
  readonly headers: HeaderBlock
  /** What its head promises; undefined for a status without a body, such as 304. */
  readonly lengthBytes: number | undefined
  readonly body: Readable
}

const problemHeaders = joinHeaders(['content-type', 'application/problem+json'])
const retryHeaders = joinHeaders([problemHeaders, 'retry-after', '1'])

/** An error as an answer: RFC 9457 problem details; with 503 a client is told when to retry. */
export function problemAnswer(error: ErrorReport, extraHeaders: readonly string[] = []): Answer {
  const status = errorStatus[error.code]
  const headers = status === 503 ? retryHeaders : problemHeaders
  return {
    status,
    headers: extraHeaders.length === 0 ? headers : joinHeaders([headers, ...extraHeaders]),
    body: problemDetails(error),
  }
}

/** Whether an answer is sent as it is read. */
export function isStreamed(answer: Answer | StreamedAnswer): answer is StreamedAnswer {
  return typeof answer.body !== 'string' && !Buffer.isBuffer(answer.body)
}

/** Closes an answer that nobody will receive. */
export function discard(answer: Answer | StreamedAnswer): void {
  if (isStreamed(answer)) answer.body.destroy()
}
