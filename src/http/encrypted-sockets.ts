import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

/** What came from the network at a port with TLS, also while its handshake lasts; a slow one counts, and holds up nobody. */
export class EncryptedSockets {
  readonly #sinceMs = new Map<Socket, number>()
  readonly #maxCount: number

  constructor(maxCount: number) {
    this.#maxCount = maxCount
  }

  add(socket: Socket): void {
    if (this.#sinceMs.size >= this.#maxCount) {
      socket.destroy()
      return
    }
    this.#sinceMs.set(socket, performance.now())
    socket.once('close', () => this.#sinceMs.delete(socket))
  }

  /** Closes those that have sent nothing for a moment, not even the begin of a handshake. */
  closeSilent(nowMs: number, momentMs: number): void {
    for (const [socket, sinceMs] of this.#sinceMs)
      if (socket.bytesRead === 0 && nowMs - sinceMs > momentMs) socket.destroy()
  }

  destroyAll(): void {
    for (const socket of this.#sinceMs.keys()) socket.destroy()
  }
}
