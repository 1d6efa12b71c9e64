import { readFileSync, readlinkSync } from 'node:fs'
import net from 'node:net'

import type { BindAddress } from './bind-address.ts'

/** A bound socket as Node has it inside; see docs/adr/0003. */
export type ServerHandle = {
  readonly close: () => void
  /** The number of its file descriptor; negative where there is none. */
  readonly fd: number
  /** Only TCP sockets have it. */
  readonly getsockname?: (out: { address?: string; port?: number }) => number
}

type CreateHandle = (
  hostOrPath: string | null,
  port: number,
  addressType: number,
  fd?: number,
) => ServerHandle | number

/** Binds a socket, or takes the one of a file descriptor, without listening; a number is an error of the system. */
export const createServerHandle = (net as unknown as { readonly _createServerHandle: CreateHandle })
  ._createServerHandle

/** Where a socket is bound, also where its port was left to the system. */
export function addressOf(handle: ServerHandle): BindAddress {
  if (handle.getsockname === undefined) return { path: unixPath(handle.fd) }
  const out: { address?: string; port?: number } = {}
  handle.getsockname(out)
  return { host: out.address ?? '', port: out.port ?? 0 }
}

/** Node does not tell the path of a Unix socket; the kernel lists it beside the socket's number. */
function unixPath(fd: number): string {
  const inode = /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0]
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n')
  const fields = lines.map((line) => line.trim().split(/\s+/)).find((parts) => parts[6] === inode)
  return fields?.[7] ?? ''
}
