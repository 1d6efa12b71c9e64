import type { ServerResponse } from 'node:http'

import { errorStatus, problemDetails } from '../contracts/index.ts'
import type { ErrorReport } from '../contracts/index.ts'
import { joinHeaders, splitHeaders } from './header-block.ts'
import type { HeaderBlock } from './header-block.ts'

export type Answer = {
  readonly status: number
  readonly headers: HeaderBlock
  readonly body: Buffer | string
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

/** Sends an answer whole: its length is known, so that head and body leave in one write. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed || response.headersSent) return
  const list = splitHeaders(headers)
  if (status !== 204)
    list.push('content-length', String(typeof body === 'string' ? Buffer.byteLength(body) : body.length))
  response.writeHead(status, list)
  response.end(body)
}

/** The answer to a body of more than the limit. */
export function bodyTooLarge(limitBytes: number): Answer {
  return problemAnswer({
    code: 'body_too_large',
    message: `the body is over the limit of ${limitBytes} bytes; send less at a time, or raise bodyLimitBytes`,
  })
}
