/** A port of an address of this machine. */
export type TcpAddress = {
  readonly host: string
  readonly port: number
  /** Whether only this machine reaches it. */
  readonly isLoopback: boolean
}

/** Reads `host:port`, `[::1]:port` or `:port`, whose host is an IP address or localhost; undefined if it is not that. */
export function parseTcpAddress(bind: string): TcpAddress | undefined {
  const match = /^(?:\[(?<v6>[\da-fA-F:.]+)\]|(?<v4>[\d.]+)|(?<name>localhost))?:(?<port>\d{1,5})$/.exec(bind)
  const { v6, v4, name, port = '' } = match?.groups ?? {}
  if (match === null || Number(port) > 65_535) return undefined
  const host = v6 ?? v4 ?? (name === undefined ? '0.0.0.0' : '127.0.0.1')
  return { host, port: Number(port), isLoopback: host.startsWith('127.') || host === '::1' }
}
