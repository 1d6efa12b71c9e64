import type { Socket } from 'node:net'
import { connect } from 'node:net'

/** An answer as it came over the wire; names in lower case. */
export type RawAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A client that sends whatever bytes it is told to. */
export type RawClient = {
  readonly socket: Socket
  readonly send: (text: string) => void
  /** The whole answers that have come so far. */
  readonly answers: () => readonly RawAnswer[]
  readonly received: () => string
  /** Resolves when the server has closed its side, or the connection is closed. */
  readonly ended: Promise<void>
  readonly hasEnded: () => boolean
}

/** Connects. The client's side stays open when the server ends its own, until `socket` is ended or destroyed. */
export function openClient(address: string): RawClient {
  const { hostname, port } = new URL(address)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true, noDelay: true })
  let text = ''
  let hasEnded = false
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      hasEnded = true
      resolve()
    }
    socket.once('end', end)
    socket.once('close', end)
  })
  return {
    socket,
    send: (bytes) => void socket.write(bytes, 'latin1'),
    answers: () => parseAnswers(text),
    received: () => text,
    ended,
    hasEnded: () => hasEnded,
  }
}

/** Sends bytes and waits until the server has ended the connection. */
export async function exchange(address: string, text: string): Promise<readonly RawAnswer[]> {
  const client = openClient(address)
  client.send(text)
  await client.ended
  client.socket.destroy()
  return client.answers()
}

function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = text
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd < 0) return answers
    const [statusLine = '', ...lines] = rest.slice(0, headEnd).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.replace(/^[^:]*: ?/, '')]),
    )
    const bodyStart = headEnd + 4
    const bodyEnd = bodyStart + Number(headers['content-length'] ?? 0)
    if (rest.length < bodyEnd) return answers
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
    answers.push({ status, headers, body: rest.slice(bodyStart, bodyEnd) })
    rest = rest.slice(bodyEnd)
  }
}
