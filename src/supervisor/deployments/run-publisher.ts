import type { PublishMessage, PublishStart } from '../../contracts/index.ts'
import { ChangeoverError, defined } from '../../contracts/index.ts'
import { runInSubprocess } from './run-in-subprocess.ts'

export type PublisherLimits = {
  readonly timeoutMs: number
  /** Aborted when the file is no longer wanted; its reason is thrown. */
  readonly signal?: AbortSignal
}

/**
 * Publishes a file in a process of its own. Throws its error, `model_file_invalid` if that process is lost, and `timed_out`; nothing of
 * the version is in the store then.
 */
export async function runPublisher(
  entry: string,
  start: PublishStart,
  { timeoutMs, signal }: PublisherLimits,
): Promise<void> {
  let message: PublishMessage | undefined
  const { how, isLate } = await runInSubprocess<PublishMessage>({
    entry,
    start,
    timeoutMs,
    ...defined({ signal }),
    onMessage: (value) => (message = value),
  })
  switch (message?.type) {
    case 'published':
      return
    case 'failed':
      throw new ChangeoverError(message.error.code, message.error.message)
    case undefined:
      signal?.throwIfAborted()
      if (isLate)
        throw new ChangeoverError(
          'timed_out',
          `publishing ${start.file} ${how}; if the file is only large, or the disk slow, raise ` +
            `models.${start.model}.gates.timeoutMs, or publish it with \`changeover publish\`, which has no limit`,
        )
      throw new ChangeoverError(
        'model_file_invalid',
        `the process that checked ${start.file} ${how}; do not serve that file`,
      )
  }
}
