import type { Answer } from '../../http/index.ts'
import { joinHeaders } from '../../http/index.ts'
import type { VersionHeaders } from '../asked-models.ts'
import type { HttpError } from './reply.ts'
import { hasNoBody, Reply } from './reply.ts'

/** The answer to what a route's function has returned. Throws a TypeError for what cannot be sent. */
export function toAnswer(result: unknown, headers: VersionHeaders): Answer {
  if (typeof result === 'string') return { status: 200, headers: headers.text, body: result }
  if (result === undefined) return { status: 204, headers: joinHeaders(headers.version), body: '' }
  if (result instanceof Reply) return toOwnAnswer(result as Reply, headers)
  return { status: 200, headers: headers.json, body: toJson(result) }
}

/** The answer to an error that a service means its callers to read. */
export function toErrorAnswer(error: HttpError, { version }: VersionHeaders): Answer {
  return {
    status: error.status,
    headers: joinHeaders(['content-type', 'application/problem+json', ...error.headers, ...version]),
    body: error.toProblem(),
  }
}

function toOwnAnswer({ status, body, headers }: Reply, { version }: VersionHeaders): Answer {
  const { type, bytes } = encode(body)
  const hasType = hasNoBody(status) || body === undefined || headers.includes('content-type')
  return {
    status,
    headers: joinHeaders([...(hasType ? [] : ['content-type', type]), ...headers, ...version]),
    body: bytes,
  }
}

function encode(body: unknown): { readonly type: string; readonly bytes: string | Buffer } {
  if (body === undefined) return { type: '', bytes: '' }
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', bytes: body }
  if (body instanceof Uint8Array) return { type: 'application/octet-stream', bytes: Buffer.from(body) }
  return { type: 'application/json', bytes: toJson(body) }
}

function toJson(value: unknown): string {
  const body = JSON.stringify(value) as string | undefined
  if (body === undefined) throw new TypeError(`a route cannot answer with a ${typeof value}`)
  return body
}
