import { ChangeoverError } from '../contracts/index.ts'
import type { PublishMessage, PublishStart } from '../contracts/index.ts'
import { runLosable } from './run-losable.ts'

/** Publishes a file in a process of its own. */
export async function runPublisher(entry: string, start: PublishStart): Promise<void> {
  let message: PublishMessage | undefined
  const how = await runLosable<PublishMessage>({ entry, start, onMessage: (value) => (message = value) })
  switch (message?.type) {
    case 'published':
      return
    case 'failed':
      throw new ChangeoverError(message.error.code, message.error.message)
    case undefined:
      throw new ChangeoverError(
        'model_file_invalid',
        `the process that checked ${start.file} ${how}; do not serve that file`,
      )
  }
}
