import { ChangeoverError } from '../contracts/index.ts'
import type { ServerHandle } from './server-handle.ts'

/** Where a socket that a process holds is bound, as `host:port`: also where the port was left to the system. `bind` is what was asked for. */
export function boundAddress(handle: unknown, bind: string): string {
  const out: { address?: string; port?: number } = {}
  const { getsockname } = handle as ServerHandle
  if (getsockname === undefined) return bind
  getsockname.call(handle, out)
  const { address = '', port = 0 } = out
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** The number of a held socket, to be inherited by a program that is not Node. Throws `start_failed` where the system gives none. */
export function fileDescriptor(handle: unknown): number {
  const { fd } = handle as { readonly fd?: number }
  if (fd !== undefined && fd >= 0) return fd
  throw new ChangeoverError(
    'start_failed',
    'the socket of the gateway cannot be handed on on this system; use `gateway.kind: own`',
  )
}
