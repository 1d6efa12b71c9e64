import type { Socket } from 'node:net'

import type { Peer } from '../../http/index.ts'

/** What a call is waiting for its client to do. */
export type Awaited = 'body' | 'taking its answers' | 'us'

/** What a call has this process keep, and whether because of its client. */
type Holder = { readonly awaited: Awaited; readonly countedBytes: number }

/**
 * A client's connection. The library does not say how many bytes of a message have come, so what an unfinished one holds is
 * counted by what has come on its connection since it began: too much if there are several, never too little.
 */
export class ClientConnection {
  readonly socket: Socket
  readonly peer: Peer
  readonly calls = new Set<Holder>()
  /** What calls that were given up may still keep until the connection ends. */
  keptBytes = 0
  #beforeBytes = 0
  #bytes = 0

  constructor(socket: Socket, peer: Peer) {
    this.socket = socket
    this.peer = peer
  }

  /** How many bytes had come before those that are being read now, as far as anybody has asked. */
  markBytes(): number {
    const { bytesRead } = this.socket
    if (bytesRead !== this.#bytes) {
      this.#beforeBytes = this.#bytes
      this.#bytes = bytesRead
    }
    return this.#beforeBytes
  }

  /** What the client has this process keep by not sending on, or not taking its answers. */
  get heldBytes(): number {
    let bytes = this.keptBytes
    for (const call of this.calls) if (call.awaited !== 'us') bytes += call.countedBytes
    return bytes
  }
}
