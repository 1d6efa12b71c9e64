import type { Server } from 'node:net'

import { ChangeoverError } from '../contracts/index.ts'

/** Makes a server listen on a port that a key of the configuration names. Throws `port_in_use` and `bind_failed`. */
export async function listenOnTcp(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  key: string,
): Promise<void> {
  const bind = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(bindError(`${key} ${bind}`, error))
    server.once('error', fail)
    server.listen({ host, port }, () => {
      server.off('error', fail)
      resolve()
    })
  })
  // If the process has no file descriptor left, it refuses a client; the others are still served.
  server.on('error', () => undefined)
}

function bindError(bind: string, error: NodeJS.ErrnoException): ChangeoverError {
  if (error.code === 'EADDRINUSE')
    return new ChangeoverError(
      'port_in_use',
      `${bind} is in use by another process; stop that one, or configure another port`,
      { cause: error },
    )
  return new ChangeoverError(
    'bind_failed',
    `cannot listen on ${bind}: ${error.code ?? error.message}; choose an address of this machine and a port over 1023`,
    { cause: error },
  )
}
