import { setTimeout as sleep } from 'node:timers/promises'

import type { GatewayCommand, InstanceName } from '../contracts/index.ts'

const tries = 100
const pauseMs = 200

/**
 * Has the gateway send requests to an instance again. It must not fail: an instance that stays paused serves
 * nobody again. A gateway that does not respond is replaced meanwhile, and the next one pauses no instance.
 */
export async function resume(
  instance: InstanceName,
  timeoutMs: number,
  commandGateway: (command: GatewayCommand, timeoutMs: number) => Promise<unknown>,
): Promise<void> {
  for (let left = tries; ; left--) {
    try {
      await commandGateway({ do: 'resume', instance }, timeoutMs)
      return
    } catch (error) {
      if (left === 1) throw error
      await sleep(pauseMs, undefined, { ref: false })
    }
  }
}
