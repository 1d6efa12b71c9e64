import type { HeaderBlock } from './request/header-block.ts'
import { findHeaders, joinHeaders, splitHeaders } from './request/header-block.ts'

const name = 'traceparent'

/** The `traceparent` of a request; undefined if it has none, or several, which name no trace. */
export function findTraceparent(headers: HeaderBlock): string | undefined {
  if (!headers.includes(`${name}\n`)) return undefined
  const [sent, ...others] = findHeaders(headers, name)
  return others.length === 0 ? sent : undefined
}

/** The same headers with another `traceparent`. */
export function withTraceparent(headers: HeaderBlock, traceparent: string): HeaderBlock {
  const list = splitHeaders(headers)
  const kept = list.filter((_, i) => list[i - (i % 2)] !== name)
  return joinHeaders([...kept, name, traceparent])
}
