import { joinHeaders } from '../http/index.ts'
import type { HeaderBlock } from '../http/index.ts'

/** Headers that belong to one connection only (RFC 9110, 7.6.1), and those that are ours to set. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'x-real-ip',
  'x-forwarded-for',
])

/** A client's headers as an instance sees them: with `X-Real-IP`, and the client's address added to `X-Forwarded-For`. */
export function forwardedHeaders(rawHeaders: readonly string[], clientAddress: string): HeaderBlock {
  const kept: string[] = []
  const forwardedFor: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    const value = rawHeaders[i + 1] ?? ''
    if (name === 'x-forwarded-for') forwardedFor.push(value)
    if (!dropped.has(name)) kept.push(name, value)
  }
  kept.push('x-real-ip', clientAddress, 'x-forwarded-for', [...forwardedFor, clientAddress].join(', '))
  return joinHeaders(kept)
}

/** An IPv4 client of an IPv6 socket as people write it. */
export function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:/, '') ?? 'unknown'
}
