import { ChangeoverError } from '../contracts/index.ts'

/** Where a socket listens: a port of an address of this machine, or a Unix socket. */
export type BindAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/** Reads `host:port`, `[::1]:port`, `:port` or `unix:/path`. Throws `bind_failed` if it is not an address. */
export function parseBind(bind: string): BindAddress {
  if (bind.startsWith('unix:/')) return { path: bind.slice('unix:'.length) }
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]*)):(?<port>\d{1,5})$/.exec(bind)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65_535)
    throw new ChangeoverError(
      'bind_failed',
      `“${bind}” is not an address to listen on; write host:port, as 127.0.0.1:5001, or unix:/path`,
    )
  const host = match.groups?.['v6'] ?? match.groups?.['name'] ?? ''
  return { host: host === '' ? '0.0.0.0' : host === 'localhost' ? '127.0.0.1' : host, port }
}

/** An address as it is written in the configuration. */
export function formatBind(address: BindAddress): string {
  if ('path' in address) return `unix:${address.path}`
  const { host, port } = address
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** An address as callers write it. */
export function formatAddress(address: BindAddress): string {
  return ('path' in address ? '' : 'http://') + formatBind(address)
}
