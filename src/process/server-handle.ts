import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import net from 'node:net'
import { basename } from 'node:path'

import type { BindAddress } from './bind-address.ts'

/** A bound socket as Node has it inside; see docs/adr/0003. */
export type ServerHandle = {
  readonly close: () => void
  /** The number of its file descriptor; negative if there is none. */
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
// eslint-disable-next-line @typescript-eslint/naming-convention -- Node's own name
export const createServerHandle = (net as unknown as { readonly _createServerHandle: CreateHandle })
  ._createServerHandle

/** The address of a bound socket, also if the system chose its port. */
export function addressOf(handle: ServerHandle): BindAddress {
  if (handle.getsockname === undefined) return { path: unixPath(handle.fd) }
  const out: { address?: string; port?: number } = {}
  handle.getsockname(out)
  return { host: out.address ?? '', port: out.port ?? 0 }
}

/** Node does not tell the path of a Unix socket; the kernel lists it beside the socket's number. */
function unixPath(fd: number): string {
  const inode = /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0]
  return listUnixSockets().find((socket) => socket.inode === inode)?.path ?? ''
}

/** Whether a process holds the Unix socket that is at a path, also one on which nobody listens yet. */
export function isHeld(path: string): boolean {
  const file = lstatSync(path, { throwIfNoEntry: false })
  if (file?.isSocket() !== true) return false
  return listUnixSockets().some((socket) => {
    if (!socket.isBound || basename(socket.path) !== basename(path)) return false
    const other = lstatSync(socket.path, { throwIfNoEntry: false })
    return other?.dev === file.dev && other.ino === file.ino
  })
}

type UnixSocket = { readonly path: string; readonly inode: string; readonly isBound: boolean }

/** Bit of the kernel's for a socket that listens; and its word for one that has no other end. */
const listens = 0x1_0000
const unconnected = '01'

function listUnixSockets(): UnixSocket[] {
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, flags = '', state, inode = '', path] =
        /^\S+ \S+ \S+ (\S+) \S+ (\S+) +(\d+) (.+)$/.exec(line) ?? []
      if (path === undefined) return []
      return [{ path, inode, isBound: (Number.parseInt(flags, 16) & listens) !== 0 || state === unconnected }]
    })
}
