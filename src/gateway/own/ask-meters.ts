import type { GatewayCommand, InstanceMeters } from '../../contracts/index.ts'
import { sendCommand } from '../../ipc/index.ts'

/** One that is silent has nothing to hand over. */
const timeoutMs = 300

/** What the gateway that has the place now, and will leave it, has counted; undefined where there is none that tells. */
export async function askMeters(placePath: string): Promise<InstanceMeters | undefined> {
  const ask: GatewayCommand = { do: 'meters' }
  const answer = await sendCommand(placePath, ask, timeoutMs).catch(() => undefined)
  return answer as InstanceMeters | undefined
}
