import { chmodSync, lstatSync, rmSync } from 'node:fs'
import net from 'node:net'
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'

import { ChangeoverError } from '../contracts/index.ts'
import type { BindAddress } from './bind-address.ts'
import { parseBind } from './bind-address.ts'
import { takeInherited } from './inherited-sockets.ts'
import type { ServerHandle } from './server-handle.ts'
import { createServerHandle, isHeld } from './server-handle.ts'

/** A bound socket that this process keeps open and never accepts on; children that are sent its handle do. */
export type ListeningSocket = {
  readonly handle: unknown
  readonly address: BindAddress
  readonly close: () => void
}

/**
 * Takes the socket that the service manager has passed for this address, or binds one, without accepting on it: while this process
 * lives, clients wait in its queue for the child that comes back instead of being refused. Node's cluster module shares its sockets by
 * the same function; see docs/adr/0003. Throws `port_in_use` and `bind_failed`.
 */
export function openListeningSocket(bind: string): ListeningSocket {
  const address = parseBind(bind)
  const inherited = takeInherited(address)
  if (inherited !== undefined) return { handle: inherited, address, close: () => inherited.close() }
  return 'path' in address ? bindUnix(bind, address.path) : bindTcp(bind, address)
}

function bindTcp(
  bind: string,
  { host, port }: { readonly host: string; readonly port: number },
): ListeningSocket {
  const handle = bound(bind, createServerHandle(host, port, net.isIPv6(host) ? 6 : 4))
  const name: { port?: number } = {}
  // A port in use is reported only here: libuv defers the error.
  const failure = handle.getsockname?.(name) ?? 0
  if (failure !== 0) {
    handle.close()
    throw bindError(bind, failure)
  }
  return { handle, address: { host, port: name.port ?? port }, close: () => handle.close() }
}

/** As gunicorn does: a socket that a dead process left is replaced, and every user who may enter its folder may connect. */
function bindUnix(bind: string, path: string): ListeningSocket {
  if (isHeld(path)) throw bindError(bind, -constants.errno.EADDRINUSE)
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path)
  const handle = bound(bind, createServerHandle(path, -1, -1))
  chmodSync(path, 0o777)
  const close = (): void => {
    handle.close()
    rmSync(path, { force: true })
  }
  return { handle, address: { path }, close }
}

function bound(bind: string, handle: ServerHandle | number): ServerHandle {
  if (typeof handle === 'number') throw bindError(bind, handle)
  return handle
}

function bindError(bind: string, errorNumber: number): ChangeoverError {
  const name = getSystemErrorName(errorNumber)
  if (name === 'EADDRINUSE')
    return new ChangeoverError(
      'port_in_use',
      `${bind} is in use by another process; stop that one (\`changeover down\` if it is ours), or configure another port`,
    )
  return new ChangeoverError(
    'bind_failed',
    `cannot listen on ${bind}: ${name}; choose an address of this machine and a port over 1023`,
  )
}
