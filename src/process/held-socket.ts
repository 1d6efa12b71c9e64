import { ChangeoverError } from '../contracts/index.ts'
import { formatBind } from './bind-address.ts'
import type { ServerHandle } from './server-handle.ts'
import { addressOf } from './server-handle.ts'

/** Where a socket that a process holds is bound, as it would be written in the configuration. */
export function boundAddress(handle: unknown): string {
  return formatBind(addressOf(handle as ServerHandle))
}

/** The number of a held socket, to be inherited by a program that is not Node. Throws `start_failed` if the system has none. */
export function fileDescriptor(handle: unknown): number {
  const { fd } = handle as ServerHandle
  if (fd >= 0) return fd
  throw new ChangeoverError(
    'start_failed',
    'the socket of the gateway cannot be passed on by this system; use `gateway.kind: own`',
  )
}
