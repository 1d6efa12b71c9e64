import { STATUS_CODES } from 'node:http'

import type { HeaderBlock } from '../request/header-block.ts'
import type { Answer } from './answer.ts'

const statusLines = new Map(
  Object.entries(STATUS_CODES).map(([status, text]) => [
    Number(status),
    `HTTP/1.1 ${status} ${text ?? ''}\r\n`,
  ]),
)

/** What an answer's head needs to know of its connection. */
export type Framing = {
  /** An answer to HEAD is a head alone. */
  readonly isHead: boolean
  /** Whether the connection ends with this answer. */
  readonly isLast: boolean
  /** HTTP/1.0 closes by default. */
  readonly saysKeepAlive: boolean
  readonly requestId: string
  /** More lines, with their ends. */
  readonly lines: string
}

/** The head of an answer, as latin1; the body's length is undefined for a status that has no body. */
export function formatHead(
  { status, headers }: Pick<Answer, 'status' | 'headers'>,
  lengthBytes: number | undefined,
  { isLast, saysKeepAlive, requestId, lines }: Framing,
): string {
  const statusLine = statusLines.get(status) ?? `HTTP/1.1 ${status} \r\n`
  const connection = isLast ? 'connection: close\r\n' : saysKeepAlive ? 'connection: keep-alive\r\n' : ''
  const length = lengthBytes === undefined || isEmpty(status) ? '' : `content-length: ${lengthBytes}\r\n`
  return `${statusLine}${formatHeaders(headers)}${lines}x-request-id: ${requestId}\r\n${dateLine()}${length}${connection}\r\n`
}

/** With 304 a length would be that of the body that is not sent (RFC 9110, 8.6). */
function isEmpty(status: number): boolean {
  return status === 204 || status === 304
}

function formatHeaders(block: HeaderBlock): string {
  let lines = ''
  let at = 0
  while (at < block.length) {
    const nameEnd = block.indexOf('\n', at)
    const nextName = block.indexOf('\n', nameEnd + 1)
    const valueEnd = nextName < 0 ? block.length : nextName
    lines += `${block.slice(at, nameEnd)}: ${block.slice(nameEnd + 1, valueEnd)}\r\n`
    at = valueEnd + 1
  }
  return lines
}

let dateSecond = 0
let date = ''

/** The `Date` header, which RFC 9110, 6.6.1 wants; made once a second. */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1_000)
  if (second !== dateSecond) {
    dateSecond = second
    date = `date: ${new Date(second * 1_000).toUTCString()}\r\n`
  }
  return date
}
