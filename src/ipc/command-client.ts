import { connect } from 'node:net'

import type { ErrorReport } from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import { frameTypes } from './frame.ts'
import { Link } from './link.ts'

export type CommandReply =
  | {
      readonly ok: true
      /** The version of the protocol of the process that answers; absent in builds before 1. */
      readonly protocol?: number
      readonly value: unknown
    }
  | { readonly ok: false; readonly error: ErrorReport }

/**
 * Sends one command to the process that listens on a Unix socket and waits for its reply.
 * Throws the process's own error, `link_closed` if it is not there or dies, or `timed_out`.
 */
export function sendCommand(socketPath: string, command: unknown, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      finish()
      socket.destroy()
    }
    const timer = setTimeout(() => {
      settle(() =>
        reject(new ChangeoverError('timed_out', `no reply within ${timeoutMs} ms on ${socketPath}`)),
      )
    }, timeoutMs)
    const link = new Link(socket, {
      onFrame: (frame) => {
        if (frame.type !== frameTypes.reply) return
        const reply = JSON.parse(frame.payload.toString()) as CommandReply
        settle(() => {
          if (reply.ok) resolve(reply.value)
          else reject(new ChangeoverError(reply.error.code, reply.error.message))
        })
      },
      onClose: (reason) => {
        settle(() =>
          reject(new ChangeoverError('link_closed', `no process answers on ${socketPath}: ${reason}`)),
        )
      },
    })
    link.json('command', 0, command)
  })
}
