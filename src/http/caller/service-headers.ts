import type { HttpRequest } from '../http-request.ts'
import type { HeaderBlock } from '../request/header-block.ts'
import { joinHeaders, splitHeaders } from '../request/header-block.ts'

/** In it, nginx says where a paused instance is to lead a request. */
export const pausedHeader = 'x-changeover-when-paused'

/** What the service reads about the client and the request is ours alone, whatever the client has sent. */
const ours = new Set(['x-real-ip', 'x-forwarded-for', 'x-forwarded-proto', 'x-request-id', pausedHeader])

/**
 * A request's headers as the service gets them: `x-real-ip` and `x-forwarded-for` are the client's address, `x-request-id` is the
 * request's id, and `x-forwarded-proto` is there if a trusted proxy has sent it.
 */
export function serviceHeaders({
  headers,
  caller: { address, scheme },
  id,
}: Pick<HttpRequest, 'headers' | 'caller' | 'id'>): HeaderBlock {
  const kept = mayHaveOurs(headers) ? withoutOurs(headers) : headers
  const begin = kept === '' ? '' : `${kept}\n`
  const end = scheme === undefined ? '' : `\nx-forwarded-proto\n${scheme}`
  return `${begin}x-real-ip\n${address}\nx-forwarded-for\n${address}\nx-request-id\n${id}${end}`
}

/** Most requests have none of these names, and need not be parsed. */
function mayHaveOurs(headers: HeaderBlock): boolean {
  return (
    headers.includes('x-real-ip\n') ||
    headers.includes('x-forwarded-') ||
    headers.includes('x-request-id\n') ||
    headers.includes(pausedHeader)
  )
}

function withoutOurs(headers: HeaderBlock): HeaderBlock {
  const list = splitHeaders(headers)
  return joinHeaders(list.filter((_, i) => !ours.has(list[i - (i % 2)] ?? '')))
}
