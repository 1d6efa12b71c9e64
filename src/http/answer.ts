import type { Readable } from 'node:stream'

import { errorStatus, problemDetails } from '../contracts/index.ts'
import type { ErrorReport } from '../contracts/index.ts'
import { joinHeaders } from './header-block.ts'
import type { HeaderBlock } from './header-block.ts'

/** An answer that is whole: its length is known, so that head and body leave in one write. */
export type Answer = {
  readonly status: number
  readonly headers: HeaderBlock
  readonly body: Buffer | string
}

/** An answer that is sent as it is read; its headers say its length. */
export type StreamedAnswer = {
  readonly status: number
  readonly headers: HeaderBlock
  readonly body: Readable
}

const problemHeaders = joinHeaders(['content-type', 'application/problem+json'])

/** An error as an answer: RFC 9457 problem details. */
export function problemAnswer(error: ErrorReport, extraHeaders: readonly string[] = []): Answer {
  return {
    status: errorStatus[error.code],
    headers: extraHeaders.length === 0 ? problemHeaders : joinHeaders([problemHeaders, ...extraHeaders]),
    body: problemDetails(error),
  }
}
