import type { ErrorReport, PublishMessage, PublishStart } from '../../../contracts/index.ts'
import { toErrorReport } from '../../../contracts/index.ts'
import { limitMemory, publish } from '../../../store/index.ts'
import { subprocessMemoryBytes } from './memory-limit.ts'
import { openParentChannel } from './parent-channel.ts'

limitMemory(subprocessMemoryBytes)

process.once('message', (message) => {
  const parent = openParentChannel<PublishMessage>()
  const start = message as PublishStart
  try {
    publish({ ...start, nowMs: Date.now() })
    parent.send({ type: 'published' })
  } catch (error) {
    parent.send({ type: 'failed', error: describeError(start.file, error) })
  }
  void parent.end()
})

/** A typed array that is too large for the limit is a RangeError; too many objects abort the process. */
function describeError(file: string, error: unknown): ErrorReport {
  if (!(error instanceof RangeError)) return toErrorReport(error)
  const message = `${file} cannot be compiled within ${subprocessMemoryBytes / 2 ** 30} GiB of memory: ${error.message}; train it with a higher -minCount or with fewer labels`
  return { code: 'model_file_invalid', message }
}
