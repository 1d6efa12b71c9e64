import { Agent, request } from 'node:http'
import type { ClientHttp2Session } from 'node:http2'
import { connect } from 'node:http2'
import { performance } from 'node:perf_hooks'

import { percentile } from '../../harness/statistics.ts'

/** Gets one answer: its bytes, or undefined if it is an error. */
export type Ask = () => Promise<Buffer | undefined>

export type Loops = {
  readonly ask: Ask
  /** What each answer must be. */
  readonly expected: Buffer
  readonly loops: number
  readonly seconds: number
  readonly signal: AbortSignal
}

export type LoopFigures = {
  readonly requestsPerSecond: number
  readonly p99Ms: number
  readonly failed: number
}

/** Asks in so many loops at once, each again after its last answer. */
export async function askInLoops({ ask, expected, loops, seconds, signal }: Loops): Promise<LoopFigures> {
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  const timesMs: number[] = []
  let failed = 0
  const askOn = async (): Promise<void> => {
    for (let beginMs = startMs; beginMs < endMs;) {
      signal.throwIfAborted()
      if ((await ask())?.equals(expected) !== true) failed++
      const nowMs = performance.now()
      timesMs.push(nowMs - beginMs)
      beginMs = nowMs
    }
  }
  await Promise.all(Array.from({ length: loops }, askOn))
  const requestsPerSecond = (timesMs.length * 1_000) / (performance.now() - startMs)
  return { requestsPerSecond, p99Ms: percentile(timesMs, 0.99), failed }
}

/** A client that posts the same body over HTTP/1.1, on as many connections as it asks at once. */
export function openHttp(url: string, body: string): { readonly ask: Ask; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const ask: Ask = () =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks) : undefined))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return { ask, close: () => agent.destroy() }
}

/** A client that makes the same call over gRPC again and again, on one connection. */
export function openGrpc(
  address: string,
  path: string,
  message: Buffer,
): { readonly ask: Ask; readonly close: () => void } {
  const session = connect(`http://${address}`)
  session.on('error', () => undefined)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  const framed = Buffer.concat([head, message])
  return { ask: () => callOnce(session, path, framed), close: () => session.close() }
}

function callOnce(session: ClientHttp2Session, path: string, framed: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const chunks: Buffer[] = []
    let status: unknown
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('trailers', (trailers: Record<string, unknown>) => (status = trailers['grpc-status']))
    stream.on('end', () => resolve(Number(status ?? NaN) === 0 ? Buffer.concat(chunks) : undefined))
    stream.on('error', reject)
    stream.end(framed)
  })
}
