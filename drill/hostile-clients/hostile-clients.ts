import { setTimeout as sleep } from 'node:timers/promises'

import type { Address, LoadRequest } from '../../harness/load/index.ts'
import { badRequests } from './bad-requests.ts'
import type { Reply } from './talk.ts'
import { talk } from './talk.ts'

/** A way to behave badly. It resolves to what the server did wrong about it, if anything. */
export type HostileClient = {
  readonly what: string
  readonly behave: (address: Address, request: LoadRequest) => Promise<string | undefined>
}

const silenceMs = 3_000
const dribbleMs = 60
const dribbles = 25
const idleConnections = 300

/** One after the other: whether the end comes together with the request or a little later is a matter of luck. */
const halfClosed = 20

const badRequestManners = Object.entries(badRequests).map(([what, text]): HostileClient => ({
  what,
  behave: async (address) =>
    faultOfRefusal(
      await talk(address, silenceMs, (socket) => {
        socket.write(Buffer.from(text, 'latin1'))
      }),
    ),
}))

export const hostileClients: readonly HostileClient[] = [
  ...badRequestManners,
  {
    what: 'a client that closes its half after the request',
    behave: async (address, request) => {
      for (let i = 0; i < halfClosed; i++) {
        const fault = faultOfAnswer(
          await talk(address, silenceMs, (socket) => {
            socket.end(format(request).whole)
          }),
        )
        if (fault !== undefined) return fault
      }
      return undefined
    },
  },
  {
    what: 'headers that come byte by byte',
    behave: async (address, request) =>
      faultOfAnswer(
        await talk(address, silenceMs, async (socket) => {
          const { head, body } = format(request)
          await dribble(head, (piece) => socket.write(piece))
          socket.write(body)
        }),
      ),
  },
  {
    what: 'a body that comes byte by byte',
    behave: async (address, request) =>
      faultOfAnswer(
        await talk(address, silenceMs, async (socket) => {
          const { head, body } = format(request)
          socket.write(head)
          await dribble(body, (piece) => socket.write(piece))
        }),
      ),
  },
  {
    what: 'a client that leaves before its answer',
    behave: (address, request) =>
      leave(address, (socket) => {
        socket.write(format(request).whole, () => socket.resetAndDestroy())
      }),
  },
  {
    what: 'a client that leaves in the middle of its headers',
    behave: (address, request) =>
      leave(address, (socket) => {
        socket.write(format(request).head.subarray(0, 20), () => socket.destroy())
      }),
  },
  {
    what: 'a client that leaves in the middle of its body',
    behave: (address, request) =>
      leave(address, (socket) => {
        socket.write(format(request).whole.subarray(0, -1), () => socket.resetAndDestroy())
      }),
  },
  {
    what: `${idleConnections} connections that say nothing`,
    behave: async (address) => {
      const silent = Array.from({ length: idleConnections }, () =>
        leave(address, async (socket) => {
          await sleep(dribbles * dribbleMs)
          socket.destroy()
        }),
      )
      await Promise.all(silent)
      return undefined
    },
  },
]

type Bytes = { readonly head: Buffer; readonly body: Buffer; readonly whole: Buffer }

function format({ method, path, body }: LoadRequest): Bytes {
  const bytes = Buffer.from(body)
  const length =
    method === 'GET' ? '' : `content-type: application/json\r\ncontent-length: ${bytes.length}\r\n`
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: drill\r\n${length}connection: close\r\n\r\n`)
  return { head, body: bytes, whole: Buffer.concat([head, bytes]) }
}

/** Writes a few bytes one by one, and then the rest. */
async function dribble(bytes: Buffer, write: (piece: Buffer) => void): Promise<void> {
  for (let at = 0; at < Math.min(dribbles, bytes.length); at++) {
    write(bytes.subarray(at, at + 1))
    await sleep(dribbleMs)
  }
  write(bytes.subarray(dribbles))
}

async function leave(address: Address, use: Parameters<typeof talk>[2]): Promise<undefined> {
  await talk(address, silenceMs, use)
  return undefined
}

/** A slow or half-closed request is one like any other: it has one answer. */
function faultOfAnswer({ answers, isClosed, error, tookMs }: Reply): string | undefined {
  const [answer] = answers
  if (answer === undefined) {
    const how = error ?? (isClosed ? 'the connection was closed' : 'silence')
    return `it got no answer, but ${how} after ${tookMs.toFixed(0)} ms`
  }
  if (answers.length > 1) return `it got ${answers.length} answers`
  return answer.status >= 500 ? `it was answered with ${answer.status}` : undefined
}

/** What must not be understood is answered with an error of the client's, or not at all, and the connection ends there. */
function faultOfRefusal({ answers, isClosed }: Reply): string | undefined {
  const statuses = answers.map(({ status }) => status)
  if (!isClosed) return `it was left open for ${silenceMs} ms, after ${statuses.length} answers`
  if (statuses.length > 1) return `it was read as ${statuses.length} requests (${statuses.join(', ')})`
  const [status] = statuses
  return status !== undefined && (status < 400 || status >= 500)
    ? `it was answered with ${status}`
    : undefined
}
