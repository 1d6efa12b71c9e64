import type { GatekeeperMessage, GatekeeperStart } from '../../../contracts/index.ts'
import { runGates } from '../../../gates/run/index.ts'
import { limitMemory } from '../../../store/index.ts'
import { subprocessMemoryBytes } from './memory-limit.ts'
import { openParentChannel } from './parent-channel.ts'

limitMemory(subprocessMemoryBytes)

process.once('message', (start) => {
  const parent = openParentChannel<GatekeeperMessage>()
  runGates(start as GatekeeperStart, parent.send)
  void parent.end()
})
