import { decodeBody, findHeader, isEncoded } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'

/** Works on a request with its body as it was before the client encoded it; later, if it did. Rejects as `decodeBody`. */
export function withBody<Result>(
  request: LinkRequest,
  limitBytes: number,
  work: (request: LinkRequest) => Result | Promise<Result>,
): Result | Promise<Result> {
  const encoding = findHeader(request.headers, 'content-encoding')
  if (!isEncoded(encoding)) return work(request)
  return decodeBody(request.body, encoding, limitBytes).then((body) => work({ ...request, body }))
}
