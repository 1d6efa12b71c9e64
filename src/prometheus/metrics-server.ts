import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { listenOnTcp } from '../run-folder/index.ts'
import type { FormatMetrics } from './format-metrics.ts'

/** A scraper sends one short request at a time. */
const limits = { maxConnections: 64, headersTimeoutMs: 5_000 }

/** A port that has `GET /metrics` and nothing else. */
export class MetricsServer {
  readonly #server: Server

  constructor(format: FormatMetrics) {
    this.#server = createServer(
      { headersTimeout: limits.headersTimeoutMs, requestTimeout: limits.headersTimeoutMs },
      (request, response) => {
        answer(request, response, format).catch(() => response.destroy())
      },
    )
    this.#server.maxConnections = limits.maxConnections
  }

  /** Throws `port_in_use` or `bind_failed`. Resolves to where it listens. */
  async start(at: { readonly host: string; readonly port: number }): Promise<string> {
    await listenOnTcp(this.#server, at, 'metrics.bind')
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  format: FormatMetrics,
): Promise<void> {
  const [path] = (request.url ?? '').split('?', 1)
  // A body is not wanted, and not waited for.
  request.resume()
  if (path !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('there is only /metrics\n')
    return
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-type': 'text/plain' }).end('GET it\n')
    return
  }
  const { contentType, text } = await format(request.headers.accept)
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' })
  response.end(request.method === 'HEAD' ? undefined : text)
}
