import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

import type { TlsMaterial } from '../contracts/index.ts'

/** Takes a new connection; one with TLS after its handshake. */
export type Accept = (socket: Socket, isUnixSocket: boolean) => void

export type ListenOptions = {
  readonly allowHalfOpen: boolean
  readonly tls?: PortTls | undefined
}

/** TLS on a port. */
export type PortTls = TlsMaterial & {
  /** What clients must speak above it. */
  readonly protocol: 'http/1.1' | 'h2'
  /** A client that takes longer for its handshake is disconnected. */
  readonly handshakeTimeoutMs: number
  /** Takes each connection before its handshake. */
  readonly onConnection: (socket: Socket) => void
}

/** Accepts connections on a socket that is already bound. */
export async function listen(handle: unknown, accept: Accept, options: ListenOptions): Promise<Server> {
  let isUnixSocket = false
  const server = openServer(options, (socket) => accept(socket, isUnixSocket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(handle, () => {
      isUnixSocket = typeof server.address() !== 'object' || server.address() === null
      resolve()
    })
  })
  // If the process has no file descriptor left, it refuses a client; the others are still served.
  server.on('error', () => undefined)
  return server
}

function openServer({ allowHalfOpen, tls }: ListenOptions, onSocket: (socket: Socket) => void): Server {
  const options = { allowHalfOpen, noDelay: true }
  if (tls === undefined) return createServer(options, onSocket)
  const { cert, key, ca, protocol, handshakeTimeoutMs, onConnection } = tls
  const server = createTlsServer(
    {
      ...options,
      cert,
      key,
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
      ALPNProtocols: [protocol],
      handshakeTimeout: handshakeTimeoutMs,
    },
    onSocket,
  )
  // Node reports a handshake that has failed or takes too long, and leaves the socket open.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  return server
}

/** `host:port`, or `unix:/path`, without the path if another process has bound it. */
export function formatBound(server: Server | undefined): string {
  const bound = server?.address() ?? null
  if (bound === null || typeof bound === 'string') return `unix:${bound ?? ''}`
  const { address, port } = bound
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
