import { Socket } from 'node:net'

import type { Peer } from '../../http/index.ts'
import { ClientConnection } from './client-connection.ts'

/** Once all has been sent a client may take this long to close its side. */
const lingerMs = 5_000

const nobody: Peer = { address: 'unknown', scheme: undefined, isTrusted: false }

/** The addresses of a connection, as the library names it to calls. */
type Ends = {
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

/** The connections of clients, found by their addresses. */
export class Connections {
  readonly #byEnds = new Map<string, ClientConnection>()
  /** That of a call whose connection has ended before it began. */
  readonly #ended = new ClientConnection(new Socket(), nobody)
  readonly #onCount: (byBytes: number) => void
  #serial = 0

  constructor(onCount: (byBytes: number) => void) {
    this.#onCount = onCount
  }

  get size(): number {
    return this.#byEnds.size
  }

  /** Takes a connection that was just accepted. */
  add(socket: Socket, peer: Peer): void {
    // The ends of a Unix socket have no addresses: it is given a number.
    if (socket.remoteAddress === undefined)
      Object.defineProperty(socket, 'remotePort', { value: ++this.#serial, configurable: true })
    const key = keyOf(socket)
    const connection = new ClientConnection(socket, peer)
    this.#byEnds.set(key, connection)
    socket.on('error', () => undefined)
    socket.once('finish', () => setTimeout(() => socket.destroy(), lingerMs).unref())
    socket.once('close', () => {
      if (this.#byEnds.get(key) === connection) this.#byEnds.delete(key)
      this.#onCount(-connection.keptBytes)
      connection.keptBytes = 0
    })
  }

  /** The connection of a call. */
  find(ends: Ends): ClientConnection {
    return this.#byEnds.get(keyOf(ends)) ?? this.#ended
  }

  destroyAll(): void {
    for (const { socket } of this.#byEnds.values()) socket.destroy()
  }

  /** Closes those whose clients hold most, until they held `bytes` together. */
  closeLargest(bytes: number): void {
    const byBytes = [...this.#byEnds.values()]
      .map(({ socket, heldBytes }) => ({ socket, heldBytes }))
      .filter(({ heldBytes }) => heldBytes > 0)
      .sort((a, b) => b.heldBytes - a.heldBytes)
    let closedBytes = 0
    for (const { socket, heldBytes } of byBytes) {
      if (closedBytes >= bytes) return
      socket.destroy()
      closedBytes += heldBytes
    }
  }
}

function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Ends): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ')
}
