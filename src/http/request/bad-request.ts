import { ChangeoverError } from '../../contracts/index.ts'

/** An error for bytes that are not HTTP by RFC 9112, so that the start of the next request is unknown. */
export function badRequest(message: string): ChangeoverError {
  return new ChangeoverError('bad_request', `${message}; correct the request and send it on a new connection`)
}
