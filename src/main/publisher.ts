import type { PublishMessage, PublishStart } from '../contracts/index.ts'
import { toErrorReport } from '../contracts/index.ts'
import { publish } from '../store/index.ts'

const send = (message: PublishMessage): void => void process.send?.(message)

process.once('message', (start) => {
  try {
    publish({ ...(start as PublishStart), nowMs: Date.now() })
    send({ type: 'published' })
  } catch (error) {
    send({ type: 'failed', error: toErrorReport(error) })
  }
  // Not at once: Node is still handing over the messages that were waiting.
  setImmediate(() => process.disconnect())
})
