import type { HeaderBlock } from './header-block.ts'
import { findHeader, joinHeaders, splitHeaders } from './header-block.ts'

/**
 * A client's headers at a port that a proxy may stand in front of. One on this machine, such as nginx, is trusted: what it sends
 * about addresses is left as it is. For any other client its own address counts, not what it sends.
 */
export function receivedHeaders(headers: HeaderBlock, clientAddress: string): HeaderBlock {
  const isBelieved = isOnThisMachine(clientAddress) && findHeader(headers, 'x-real-ip') !== undefined
  return isBelieved ? headers : forwardedHeaders(headers, clientAddress)
}

/** A client of a Unix socket has no address. */
function isOnThisMachine(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'unknown'
}

/** A client's headers as the service gets them: with `X-Real-IP`, and the client's address added to `X-Forwarded-For`. */
export function forwardedHeaders(headers: HeaderBlock, clientAddress: string): HeaderBlock {
  const [kept, forwardedFor] = mayNameAddresses(headers) ? takeAddresses(headers) : [headers, '']
  const chain = forwardedFor === '' ? clientAddress : `${forwardedFor}, ${clientAddress}`
  const added = `x-real-ip\n${clientAddress}\nx-forwarded-for\n${chain}`
  return kept === '' ? added : `${kept}\n${added}`
}

/** Most requests have none of these names, and need not be parsed. */
function mayNameAddresses(headers: HeaderBlock): boolean {
  return headers.includes('x-real-ip\n') || headers.includes('x-forwarded-for\n')
}

/** Removes the headers about addresses, and returns the chain of X-Forwarded-For. */
function takeAddresses(headers: HeaderBlock): readonly [kept: HeaderBlock, forwardedFor: string] {
  const list = splitHeaders(headers)
  const kept: string[] = []
  const forwardedFor: string[] = []
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name = '', value = ''] = [list[i], list[i + 1]]
    if (name === 'x-forwarded-for') forwardedFor.push(value)
    else if (name !== 'x-real-ip') kept.push(name, value)
  }
  return [joinHeaders(kept), forwardedFor.join(', ')]
}
