import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'

/** Takes a new connection. */
export type Accept = (socket: Socket, isUnixSocket: boolean) => void

/** Accepts connections on a socket that is already bound. */
export async function listen(
  handle: unknown,
  accept: Accept,
  options: { readonly allowHalfOpen: boolean },
): Promise<Server> {
  let isUnixSocket = false
  const server = createServer({ ...options, noDelay: true }, (socket) => accept(socket, isUnixSocket))
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

/** `host:port`, or `unix:/path`, without the path if another process has bound it. */
export function formatBound(server: Server | undefined): string {
  const bound = server?.address() ?? null
  if (bound === null || typeof bound === 'string') return `unix:${bound ?? ''}`
  const { address, port } = bound
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
