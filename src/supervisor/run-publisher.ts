import { fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'

import { ChangeoverError } from '../contracts/index.ts'
import type { PublishMessage, PublishStart } from '../contracts/index.ts'

/** Publishes a file in a process of its own, at low priority: it can be lost, and those that serve do not feel it. */
export function runPublisher(entry: string, start: PublishStart): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
    child.on('message', (value) => {
      const message = value as PublishMessage
      switch (message.type) {
        case 'published':
          resolve()
          break
        case 'failed':
          reject(new ChangeoverError(message.error.code, message.error.message))
          break
      }
    })
    child.once('error', (error) =>
      reject(
        new ChangeoverError('model_file_invalid', `the publishing process could not start: ${error.message}`),
      ),
    )
    child.once('exit', (code, signal) =>
      reject(
        new ChangeoverError(
          'model_file_invalid',
          `the process that checked ${start.file} ended with ${signal ?? `exit code ${code ?? 0}`}; do not serve that file`,
        ),
      ),
    )
    child.send(start)
  })
}
