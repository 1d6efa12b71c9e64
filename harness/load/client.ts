import { setTimeout as sleep } from 'node:timers/promises'

import type { AskResult, Connection } from './connection.ts'
import type { Message, Traffic } from './traffic.ts'

/** How the bytes of a request are written; by default the whole request at once. */
export type WriteMessage = (connection: Connection, message: Message) => void | Promise<void>

/** How many times in all a request that was not read is sent, each time on a new connection. */
const maxAttempts = 5

/** A server that was asked to close gets this long before the connection is taken down. */
const closeTimeoutMs = 2_000

/** A client that keeps its connection as long as the server does, and opens the next one when it needs it. */
export class Client {
  readonly #traffic: Traffic
  readonly #kind: string
  #connection: Connection | undefined

  constructor(traffic: Traffic, kind: string) {
    this.#traffic = traffic
    this.#kind = kind
  }

  /** How long the server says that it keeps the connection idle. */
  get keepAliveMs(): number | undefined {
    return this.#connection?.keepAliveMs
  }

  /** Sends the next request and waits until it has ended, one way or the other. */
  async ask(write: WriteMessage = writeWhole): Promise<void> {
    await this.#send(this.#traffic.begin(this.#kind), write)
  }

  /** Sends several requests at once, without waiting for answers in between. */
  async askTogether(
    count: number,
    write: (connection: Connection, bytes: Buffer) => Promise<void>,
  ): Promise<void> {
    const messages = Array.from({ length: count }, () => this.#traffic.begin(this.#kind))
    const connection = this.#openConnection()
    const results = messages.map(({ exchange }) => connection.expect(exchange))
    await write(connection, Buffer.concat(messages.flatMap(({ head, body }) => [head, body])))
    for (const { exchange } of messages) exchange.completeMs = performance.now()
    for (const [i, message] of messages.entries())
      if ((await results[i]) === 'unread') await this.#send(message, writeWhole)
  }

  /** Sends the last request, which asks for the connection's end, and reads until that: whatever comes is seen. */
  async finish(): Promise<void> {
    const message = this.#traffic.begin(this.#kind, { isLast: true })
    await this.#send(message, writeWhole)
    const connection = this.#connection
    if (connection === undefined) return
    const giveUp = new AbortController()
    const tooLate = sleep(closeTimeoutMs, undefined, { signal: giveUp.signal }).catch(() => undefined)
    await Promise.race([connection.closed, tooLate])
    giveUp.abort()
    connection.destroy('the load has ended')
  }

  async #send(message: Message, write: WriteMessage): Promise<void> {
    for (let tries = 0; tries < maxAttempts; tries++) {
      const connection = this.#openConnection()
      const result: Promise<AskResult> = connection.expect(message.exchange)
      await write(connection, message)
      message.exchange.completeMs = performance.now()
      if ((await result) !== 'unread') return
    }
    message.exchange.failure = `not read on ${maxAttempts} connections`
  }

  #openConnection(): Connection {
    if (this.#connection?.isOpen !== true) this.#connection = this.#traffic.connect()
    return this.#connection
  }
}

function writeWhole(connection: Connection, { head, body }: Message): void {
  connection.write(body.length === 0 ? head : Buffer.concat([head, body]))
}
