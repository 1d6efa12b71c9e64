import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'

import type { Address } from '../../harness/load/index.ts'

/** What a fake server does with one request: what it writes, or that it says nothing any more. */
export type Behaviour = (request: {
  readonly count: number
  readonly body: string
  /** Whether the client asks for the end of the connection. */
  readonly isLast: boolean
  readonly socket: Socket
}) => string | undefined

/** An HTTP/1.1 server that reads as it should and answers as it is told, right or wrong. */
export async function startFakeServer(
  behave: Behaviour,
): Promise<{ readonly address: Address; readonly close: () => Promise<void> }> {
  let count = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    let text = ''
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
      for (let request = cutRequest(text); request !== undefined; request = cutRequest(text)) {
        text = text.slice(request.sizeBytes)
        const answer = behave({ count: ++count, body: request.body, isLast: request.isLast, socket })
        if (answer !== undefined && !socket.destroyed) socket.write(answer)
        if (request.isLast) socket.end()
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An answer as the program under test gives it. */
export function formatAnswer(version: string, body: string): string {
  return `HTTP/1.1 200 OK\r\nx-model-version: ${version}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

function cutRequest(
  text: string,
): { readonly body: string; readonly sizeBytes: number; readonly isLast: boolean } | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = text.slice(0, headEnd).toLowerCase()
  const sizeBytes = headEnd + 4 + Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0)
  if (text.length < sizeBytes) return undefined
  return { body: text.slice(headEnd + 4, sizeBytes), sizeBytes, isLast: head.includes('connection: close') }
}
