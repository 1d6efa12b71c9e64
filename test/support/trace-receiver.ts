import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

import { until } from '../../harness/until.ts'

/** A span as it was received, with what its process says of itself. */
export type ReceivedSpan = {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly startNs: bigint
  readonly endNs: bigint
  readonly isError: boolean
  readonly attributes: Attributes
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[]
  readonly resource: Attributes
}

type Attributes = Readonly<Record<string, unknown>>
type Pairs = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
type Sent = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Pairs }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}
type SentSpan = {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code?: number }
  readonly attributes: Pairs
  readonly events: readonly { readonly name: string; readonly attributes: Pairs }[]
}

/** Takes traces by OTLP over HTTP, with JSON. */
export class TraceReceiver {
  readonly #server: Server
  readonly spans: ReceivedSpan[] = []
  /** All that was received, as text. */
  text = ''

  constructor() {
    this.#server = createServer((request, response) => {
      void (async () => {
        const sent = (await json(request)) as Sent
        this.text += JSON.stringify(sent)
        this.spans.push(...readSpans(sent))
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })()
    })
  }

  /** Listens; resolves to its address. */
  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends all connections, and takes no more. */
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** The spans of a trace, once as many are there. */
  async trace(traceId: string, count: number): Promise<ReceivedSpan[]> {
    const found = (): ReceivedSpan[] => this.spans.filter((span) => span.traceId === traceId)
    await until(`${count} spans of the trace are received`, () => found().length >= count)
    return found().sort((a, b) => Number(a.startNs - b.startNs))
  }
}

function readSpans({ resourceSpans }: Sent): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        isError: span.status.code === 2,
        attributes: readPairs(span.attributes),
        events: span.events.map(({ name, attributes }) => ({ name, attributes: readPairs(attributes) })),
        resource: readPairs(resource.attributes),
      })),
  )
}

function readPairs(pairs: Pairs): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]))
}
