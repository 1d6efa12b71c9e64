import { ChangeoverError } from '../../contracts/index.ts'

/** What is sent is not HTTP as RFC 9112 has it, so that nobody can say where the next request begins. */
export function badRequest(message: string): ChangeoverError {
  return new ChangeoverError('bad_request', `${message}; correct the request and send it on a new connection`)
}
