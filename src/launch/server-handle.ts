import net from 'node:net'

/** A bound socket as Node has it inside; see docs/adr/0003. */
export type ServerHandle = {
  readonly close: () => void
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
