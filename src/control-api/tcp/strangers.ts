import type { Socket } from 'node:net'

const maxStrangers = 256

/**
 * Connections that have not shown a token yet, also those in their handshake. If there are too many, the oldest is closed: no
 * number of them keeps out who has a token, or takes all file descriptors.
 */
export class Strangers {
  readonly #sockets = new Map<string, Socket>()

  add(socket: Socket): void {
    const key = keyOf(socket)
    this.#sockets.set(key, socket)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key)
    })
    if (this.#sockets.size > maxStrangers) this.#closeOldest()
  }

  /** Those with TLS are known here by what they were before it, so by their address. */
  delete(socket: Socket): void {
    this.#sockets.delete(keyOf(socket))
  }

  destroyAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy()
  }

  #closeOldest(): void {
    const [oldest] = this.#sockets
    if (oldest === undefined) return
    this.#sockets.delete(oldest[0])
    oldest[1].destroy()
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`
}
