import type { GatewayCommand, InstanceMeters } from '../../contracts/index.ts'
import { sendCommand } from '../../ipc/index.ts'

/** One that does not respond has nothing to hand over. */
const timeoutMs = 300

/** The counts of the gateway that is being replaced; undefined if none responds. */
export async function askMeters(placePath: string): Promise<InstanceMeters | undefined> {
  const ask: GatewayCommand = { do: 'meters' }
  const answer = await sendCommand(placePath, ask, timeoutMs).catch(() => undefined)
  return answer as InstanceMeters | undefined
}
