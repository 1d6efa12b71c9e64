import type { FetchResponse } from './fetch.ts'

/** The body of an answer as it came: text if it is text or JSON, otherwise bytes; undefined if there is none. */
export type Content = string | Uint8Array | undefined

const emptyStatuses = new Set([204, 205, 304])

export async function readContent(response: FetchResponse): Promise<Content> {
  const type = typeOf(response)
  if (isJson(type) || type.startsWith('text/')) return response.text()
  const bytes = new Uint8Array(await response.arrayBuffer())
  const isEmpty = emptyStatuses.has(response.status) || (type === '' && bytes.length === 0)
  return isEmpty ? undefined : bytes
}

/** Parses what is JSON. Throws a SyntaxError if it is not. */
export function decode(content: Content, response: FetchResponse): unknown {
  if (emptyStatuses.has(response.status)) return undefined
  return typeof content === 'string' && isJson(typeOf(response)) ? JSON.parse(content) : content
}

export function toText(content: Content): string {
  return content instanceof Uint8Array ? new TextDecoder().decode(content) : (content ?? '')
}

function isJson(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}

/** Without its parameters. */
function typeOf({ headers }: FetchResponse): string {
  return (headers.get('content-type') ?? '').replace(/;.*/s, '').trim().toLowerCase()
}
