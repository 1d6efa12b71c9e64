import { ChangeoverError } from '../contracts/index.ts'
import type { ListenFd } from '../systemd/index.ts'
import { takeListenFds } from '../systemd/index.ts'
import type { BindAddress } from './bind-address.ts'
import { formatAddress } from './bind-address.ts'
import type { ServerHandle } from './server-handle.ts'
import { addressOf, createServerHandle } from './server-handle.ts'

type InheritedSocket = {
  readonly name: string
  readonly address: BindAddress
  readonly handle: ServerHandle
}

/** The sockets from the service manager that are not taken yet; opened on first use. */
let inherited: InheritedSocket[] | undefined

/** The socket that the service manager has opened at an address, or undefined; each is given once. */
export function takeInherited(address: BindAddress): ServerHandle | undefined {
  inherited ??= takeListenFds(process.env, process.pid).map(open)
  const index = inherited.findIndex((socket) => formatAddress(socket.address) === formatAddress(address))
  return index < 0 ? undefined : inherited.splice(index, 1)[0]?.handle
}

/** Throws `bind_failed` if a socket was passed that nobody took: its clients would wait forever. */
export function refuseLeftOver(): void {
  const [left] = inherited ?? []
  if (left === undefined) return
  throw new ChangeoverError(
    'bind_failed',
    `the service manager passed the socket ${left.name} at ${formatAddress(left.address)}, and the configuration does not listen there; make the unit and the configuration agree`,
  )
}

function open({ fd, name }: ListenFd): InheritedSocket {
  const handle = createServerHandle(null, 0, 0, fd)
  if (typeof handle === 'number')
    throw new ChangeoverError(
      'bind_failed',
      `the service manager passed file descriptor ${fd} as the socket ${name}, and it is not a socket; check the unit`,
    )
  return { name, address: addressOf(handle), handle }
}
