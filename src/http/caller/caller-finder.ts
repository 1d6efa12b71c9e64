import { BlockList, isIPv6 } from 'node:net'

import type { HeaderBlock } from '../request/header-block.ts'
import { findHeader, findHeaders } from '../request/header-block.ts'
import { parseAddress, plainAddress } from './parse-address.ts'

/** Who has sent a request. */
export type Caller = {
  /** IPv4 as people write it; `unknown` for one at a Unix socket. */
  readonly address: string
  /** Whether it has used `http` or `https`, if a trusted proxy says so; `https` if it has used that here. */
  readonly scheme: 'http' | 'https' | undefined
}

/** The other end of a connection. */
export type Peer = Caller & {
  /** Whether what it says about its clients counts. */
  readonly isTrusted: boolean
}

export type TrustOptions = {
  /** Addresses and networks (CIDR) of proxies that say for whom they ask; `unix:` for those at a Unix socket. */
  readonly trustedProxies?: readonly string[] | undefined
  /**
   * Whether who asks from this machine is trusted too, and its `x-real-ip` before all else: the gateway in front of an
   * instance's port, which has found out who the client is.
   */
  readonly trustsThisMachine?: boolean
}

export type CallerFinderOptions = TrustOptions & {
  /** Whether the port has TLS. */
  readonly isEncrypted?: boolean
}

/** As many proxies one behind the other as nobody has; the search in a client's own list ends there. */
const maxHops = 64

const unixSocket = 'unix:'
const unknown = 'unknown'

/**
 * Finds out who has sent a request. What a peer says about that counts only if it is trusted; of `x-forwarded-for` then the last
 * address that is not of a trusted proxy, since what stands before it was written by that client.
 */
export class CallerFinder {
  readonly #networks = new BlockList()
  readonly #trustsUnixSockets: boolean
  readonly #trustsThisMachine: boolean
  readonly #scheme: Caller['scheme']

  constructor({ trustedProxies = [], trustsThisMachine = false, isEncrypted = false }: CallerFinderOptions) {
    this.#scheme = isEncrypted ? 'https' : undefined
    this.#trustsThisMachine = trustsThisMachine
    this.#trustsUnixSockets = trustsThisMachine || trustedProxies.includes(unixSocket)
    if (trustsThisMachine) {
      this.#networks.addSubnet('127.0.0.0', 8)
      this.#networks.addAddress('::1', 'ipv6')
    }
    for (const network of trustedProxies) if (network !== unixSocket) this.#add(network)
  }

  /** The other end of a new connection. At a port, one that has left already has no address any more. */
  peerAt(remoteAddress: string | undefined, isUnixSocket: boolean): Peer {
    if (isUnixSocket || remoteAddress === undefined)
      return { address: unknown, scheme: this.#scheme, isTrusted: isUnixSocket && this.#trustsUnixSockets }
    const address = plainAddress(remoteAddress)
    return { address, scheme: this.#scheme, isTrusted: this.#isProxy(address) }
  }

  /** Who has sent a request that has come from a peer; mostly the peer itself, for which nothing is looked up. */
  find(headers: HeaderBlock, peer: Peer): Caller {
    if (!peer.isTrusted) return peer
    const address =
      (this.#trustsThisMachine ? realAddress(headers) : undefined) ??
      this.#firstUntrusted(findHeaders(headers, 'x-forwarded-for'), peer.address) ??
      realAddress(headers) ??
      peer.address
    return { address, scheme: findScheme(headers) ?? peer.scheme }
  }

  /** From the last address on; one that cannot be read ends the search at the proxy that has written it. Undefined if there is none. */
  #firstUntrusted(chains: readonly string[], peerAddress: string): string | undefined {
    const chain = chains.join(',')
    let found: string | undefined
    for (let end = chain.length, hops = 0; end > 0 && hops < maxHops; hops++) {
      const comma = chain.lastIndexOf(',', end - 1)
      const entry = chain.slice(comma + 1, end).trim()
      end = comma
      if (entry === '') continue
      const address = parseAddress(entry)
      if (address === undefined) return found ?? peerAddress
      found = address
      if (!this.#isProxy(address)) return found
    }
    return found
  }

  #isProxy(address: string): boolean {
    const plain = address.split('%', 1)[0] ?? ''
    return this.#networks.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
  }

  /** The configuration has checked it. */
  #add(network: string): void {
    const [address = '', prefix] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) this.#networks.addAddress(address, family)
    else this.#networks.addSubnet(address, Number(prefix), family)
  }
}

/** What a proxy with one address to tell sends: nginx by the lines that many copy. Two of them are none. */
function realAddress(headers: HeaderBlock): string | undefined {
  const [text, ...others] = findHeaders(headers, 'x-real-ip')
  return text === undefined || others.length > 0 ? undefined : parseAddress(text)
}

function findScheme(headers: HeaderBlock): Caller['scheme'] {
  const scheme = findHeader(headers, 'x-forwarded-proto')?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}
