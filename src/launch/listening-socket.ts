import net from 'node:net'
import { getSystemErrorName } from 'node:util'

import { ChangeoverError } from '../contracts/index.ts'

export type BindAddress = { readonly host: string; readonly port: number }

/** A bound TCP socket that this process keeps open and never accepts on; children that are sent its handle do. */
export type ListeningSocket = {
  readonly handle: unknown
  readonly address: BindAddress
  readonly close: () => void
}

type TcpHandle = {
  readonly getsockname: (out: { address?: string; port?: number }) => number
  readonly close: () => void
}
type CreateHandle = (host: string, port: number, addressType: 4 | 6) => TcpHandle | number

/** Reads `host:port`, `[::1]:port` or `:port`. Throws `bind_failed` where it is none. */
function parseBind(bind: string): BindAddress {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]*)):(?<port>\d{1,5})$/.exec(bind)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65_535)
    throw new ChangeoverError(
      'bind_failed',
      `“${bind}” is not an address to listen on; write host:port, as 127.0.0.1:5001`,
    )
  const host = match.groups?.['v6'] ?? match.groups?.['name'] ?? ''
  return { host: host === '' ? '0.0.0.0' : host === 'localhost' ? '127.0.0.1' : host, port }
}

export function formatAddress({ host, port }: BindAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/**
 * Binds a socket without accepting on it: while this process lives, clients wait in its queue for the child that comes back
 * instead of being refused. Node's cluster module shares its sockets by the same function; see docs/adr/0003.
 * Throws `port_in_use` and `bind_failed`.
 */
export function openListeningSocket(bind: string): ListeningSocket {
  const { host, port } = parseBind(bind)
  const create = (net as unknown as { readonly _createServerHandle: CreateHandle })._createServerHandle
  const handle = create(host, port, net.isIPv6(host) ? 6 : 4)
  if (typeof handle === 'number') throw bindError(bind, handle)
  const bound: { address?: string; port?: number } = {}
  const failure = handle.getsockname(bound)
  if (failure !== 0) {
    handle.close()
    throw bindError(bind, failure)
  }
  return { handle, address: { host, port: bound.port ?? port }, close: () => handle.close() }
}

function bindError(bind: string, errorNumber: number): ChangeoverError {
  const name = getSystemErrorName(errorNumber)
  if (name === 'EADDRINUSE')
    return new ChangeoverError(
      'port_in_use',
      `${bind} is in use by another process; stop that one (\`changeover down\` where it is ours), or configure another port`,
    )
  return new ChangeoverError(
    'bind_failed',
    `cannot listen on ${bind}: ${name}; choose an address of this machine and a port over 1023`,
  )
}
