import type { Answer } from '../http/index.ts'
import { joinHeaders, splitHeaders } from '../http/index.ts'

/** What a worker gets of a request. */
type WorkerRequest = {
  readonly method: string
  readonly url: string
  readonly headers: string
  readonly body: Buffer
}

/** The options of `fetch`; a body that is an object or an array is sent as JSON. */
export type TestRequest = Omit<RequestInit, 'body'> & { readonly body?: RequestInit['body'] | object }

const host = 'localhost'

/** A request as a worker gets it. Rejects as `fetch` for one that cannot be made. */
export async function readRequest(path: string, { body, ...init }: TestRequest): Promise<WorkerRequest> {
  const isJson = isPlain(body)
  const request = new Request(path.startsWith('/') ? `http://${host}${path}` : path, {
    ...init,
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as RequestInit['body']) }),
  } as RequestInit)
  const { headers } = request
  const hasType = new Headers(init.headers).has('content-type')
  if (isJson && !hasType) headers.set('content-type', 'application/json')
  if (!headers.has('host')) headers.set('host', host)
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    url: pathname + search,
    headers: joinHeaders([...headers].flat()),
    body: Buffer.from(await request.arrayBuffer()),
  }
}

/** Objects that `fetch` takes as bodies have a prototype of their own. */
function isPlain(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  const prototype: unknown = Object.getPrototypeOf(body)
  return Array.isArray(body) || prototype === null || Object.getPrototypeOf(prototype) === null
}

/** An answer as a client gets it. */
export function toResponse({ status, headers, body }: Answer, isHead: boolean): Response {
  const list = splitHeaders(headers)
  const pairs = Array.from({ length: list.length / 2 }, (_, i) => list.slice(2 * i, 2 * i + 2))
  // A response with such a status may not be made with a body, though it is empty.
  const hasBody = !isHead && status !== 204 && status !== 205 && status !== 304
  return new Response(hasBody ? body : null, { status, headers: pairs as [string, string][] })
}
