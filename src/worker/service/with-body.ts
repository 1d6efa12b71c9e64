import { decodeBody, findEncoding } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'

/**
 * Works on a request with its body as it was before the client encoded it; later, if it did. Nothing is not decoded: clients send
 * the header with a GET too. Rejects as `decodeBody`.
 */
export function withBody<Result>(
  request: LinkRequest,
  limitBytes: number,
  work: (request: LinkRequest) => Result | Promise<Result>,
): Result | Promise<Result> {
  const encoding = request.body.length === 0 ? undefined : findEncoding(request.headers)
  if (encoding === undefined) return work(request)
  return decodeBody(request.body, encoding, limitBytes).then((body) => work({ ...request, body }))
}
