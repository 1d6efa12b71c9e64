import type { GatekeeperStart } from '../../contracts/index.ts'
import { runGates } from '../../gates/run/index.ts'
import { limitMemory } from '../../store/index.ts'
import { subprocessMemoryBytes } from './subprocess-memory.ts'

limitMemory(subprocessMemoryBytes)

process.once('message', (start) => {
  runGates(start as GatekeeperStart, (message) => process.send?.(message))
  // Not at once: Node is still handing over the messages that were waiting.
  setImmediate(() => process.disconnect())
})
