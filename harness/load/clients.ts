import type { WriteMessage } from './client.ts'
import { Client } from './client.ts'
import type { Traffic } from './traffic.ts'

/** A new connection for every request, at a steady rate whatever the answers do: a stall is felt by all that fall into it. */
export async function freshClients(traffic: Traffic, everyMs: number, maxOpen: number): Promise<void> {
  const open = new Set<Promise<void>>()
  const begunMs = performance.now()
  for (let i = 0; !traffic.isStopped(); i++) {
    if (open.size < maxOpen) {
      const asked = new Client(traffic, 'fresh').finish()
      open.add(asked)
      void asked.finally(() => open.delete(asked))
    }
    await traffic.pause(Math.max(0, begunMs + (i + 1) * everyMs - performance.now()))
  }
  await Promise.all(open)
}

/** A fixed number of requests a second, independent of the answers, on as many kept connections as that takes; beyond `maxOpen`, fewer are sent. */
export async function crowdClients(traffic: Traffic, perSecond: number, maxOpen: number): Promise<void> {
  const idle: Client[] = []
  const all: Client[] = []
  const busy = new Set<Promise<void>>()
  const createOne = (): Client | undefined => {
    if (all.length >= maxOpen) return undefined
    const client = new Client(traffic, 'crowd')
    all.push(client)
    return client
  }
  const askOne = (): void => {
    const client = idle.pop() ?? createOne()
    if (client === undefined) return
    const asked = client.ask().then(() => {
      idle.push(client)
    })
    busy.add(asked)
    void asked.finally(() => busy.delete(asked))
  }
  const begunMs = performance.now()
  let sent = 0
  while (!traffic.isStopped()) {
    const due = ((performance.now() - begunMs) / 1_000) * perSecond
    for (; sent < due; sent++) askOne()
    await traffic.pause(1)
  }
  await Promise.all(busy)
  await Promise.all(all.map((client) => client.finish()))
}

/** One connection, kept, with a request from time to time. */
export async function keepAliveClient(traffic: Traffic, everyMs: number): Promise<void> {
  const client = new Client(traffic, 'keep-alive')
  await traffic.pause(traffic.random.next() * everyMs)
  while (!traffic.isStopped()) {
    await client.ask()
    if (everyMs > 0) await traffic.pause(everyMs)
  }
  await client.finish()
}

/**
 * One connection, kept, and left idle between two requests for a given time, or for a time from the end of what the server
 * says that it keeps it: so long before that (negative) or after. A client that finds it closed opens another, as all do.
 */
export async function idleClient(traffic: Traffic, idle: Idle): Promise<void> {
  const client = new Client(traffic, 'idle')
  while (!traffic.isStopped()) {
    await client.ask()
    await traffic.pause(
      'ms' in idle ? idle.ms : (client.keepAliveMs ?? usualKeepAliveMs) + idle.fromTimeoutMs,
    )
  }
  await client.finish()
}

export type Idle = { readonly ms: number } | { readonly fromTimeoutMs: number }

const usualKeepAliveMs = 5_000

/** Requests whose bodies come in pieces. */
export async function slowUploadClient(traffic: Traffic, pieces: number, pieceMs: number): Promise<void> {
  const writeSlowly: WriteMessage = async (connection, { exchange, head, body }) => {
    connection.write(head)
    const sizeBytes = Math.ceil(body.length / pieces)
    for (let from = 0; from < body.length; from += sizeBytes) {
      await traffic.pause(pieceMs)
      if (exchange.answers.length > 0 || exchange.failure !== undefined) return
      connection.write(body.subarray(from, from + sizeBytes))
    }
  }
  const client = new Client(traffic, 'slow upload')
  await traffic.pause(traffic.random.next() * pieces * pieceMs)
  while (!traffic.isStopped()) await client.ask(writeSlowly)
  await client.finish()
}

/** Several requests at a time on one connection, half of the time torn at any byte. */
export async function pipeliningClient(traffic: Traffic, depth: number, everyMs: number): Promise<void> {
  const client = new Client(traffic, 'pipelining')
  await traffic.pause(traffic.random.next() * everyMs)
  while (!traffic.isStopped()) {
    await client.askTogether(depth, async (connection, bytes) => {
      const tornAt = traffic.random.next() < 0.5 ? 0 : traffic.random.below(bytes.length)
      if (tornAt > 0) {
        connection.write(bytes.subarray(0, tornAt))
        await traffic.pause(5)
      }
      connection.write(bytes.subarray(tornAt))
    })
    if (everyMs > 0) await traffic.pause(everyMs)
  }
  await client.finish()
}
