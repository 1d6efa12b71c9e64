import type { ErrorReport, PublishMessage, PublishStart } from '../../contracts/index.ts'
import { toErrorReport } from '../../contracts/index.ts'
import { limitMemory, publish } from '../../store/index.ts'
import { subprocessMemoryBytes } from './subprocess-memory.ts'

limitMemory(subprocessMemoryBytes)

const send = (message: PublishMessage): void => void process.send?.(message)

process.once('message', (message) => {
  const start = message as PublishStart
  try {
    publish({ ...start, nowMs: Date.now() })
    send({ type: 'published' })
  } catch (error) {
    send({ type: 'failed', error: describeError(start.file, error) })
  }
  // Not at once: Node is still handing over the messages that were waiting.
  setImmediate(() => process.disconnect())
})

/** A typed array that is too large for the limit is a RangeError; too many objects end the process. */
function describeError(file: string, error: unknown): ErrorReport {
  if (!(error instanceof RangeError)) return toErrorReport(error)
  const message = `${file} cannot be compiled within ${subprocessMemoryBytes / 2 ** 30} GiB of memory: ${error.message}; train it with a higher -minCount or with fewer labels`
  return { code: 'model_file_invalid', message }
}
