import type { Socket } from 'node:net'
import { connect } from 'node:net'

import type { ReadAnswer } from '../../harness/load/answer-reader.ts'
import { AnswerReader } from '../../harness/load/answer-reader.ts'
import type { Address } from '../../harness/load/index.ts'

/** What came of a conversation. `isClosed`: the server ended it, with this error where it did not do so in order. */
export type Reply = {
  readonly answers: readonly ReadAnswer[]
  readonly isClosed: boolean
  readonly error: string | undefined
  readonly tookMs: number
}

/** Opens a connection, has it used, and listens until the server closes it or has been silent for so long. */
export async function talk(
  { host, port }: Address,
  silenceMs: number,
  use: (socket: Socket) => void | Promise<void>,
): Promise<Reply> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
  const reader = new AnswerReader()
  const answers: ReadAnswer[] = []
  let isClosed = false
  let error: string | undefined
  const begunMs = performance.now()
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      isClosed = true
      resolve()
    }
    socket.setTimeout(silenceMs, resolve)
    socket.on('data', (chunk) => answers.push(...reader.read(chunk)))
    socket.on('end', end)
    socket.on('error', ({ message }) => {
      error = message
      end()
    })
    socket.on('close', end)
  })
  await use(socket)
  await over
  const last = reader.end()
  socket.destroy()
  const tookMs = performance.now() - begunMs
  return { answers: last === undefined ? answers : [...answers, last], isClosed, error, tookMs }
}
