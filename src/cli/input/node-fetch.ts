import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { arrayBuffer, text } from 'node:stream/consumers'

import type { Fetch } from '../../client/index.ts'
import { defined } from '../../contracts/index.ts'

/**
 * A `fetch` by Node's HTTP client: it reaches Unix sockets and all ports, which the global one does not, and a command that sends
 * one request starts sooner with it.
 */
export function createNodeFetch(socketPath: string | undefined): Fetch {
  return async (url, { method, headers, body, signal }) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
      method,
      headers,
      signal,
      ...defined({ socketPath }),
    })
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return {
      status: response.statusCode ?? 0,
      headers: { get: (name) => headerOf(response, name) },
      text: () => text(response),
      arrayBuffer: () => arrayBuffer(response),
    }
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name.toLowerCase()]
  return Array.isArray(value) ? value.join(', ') : (value ?? null)
}
