import { setTimeout as sleep } from 'node:timers/promises'

import { sendCommand } from '../../ipc/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { isAlive, kill } from '../../run-folder/index.ts'

const commandTimeoutMs = 1_000

/** How often to check for the end of a process that may be nobody's child here. */
const checkMs = 20

/** Has a process answer what is in flight and exit; kills it if it has not exited after `timeoutMs`. */
export async function stopProcess(
  identity: ProcessIdentity,
  socketPath: string,
  timeoutMs: number,
): Promise<void> {
  if (!isAlive(identity)) return
  await sendCommand(socketPath, { do: 'stop' }, commandTimeoutMs).catch(() => undefined)
  const endMs = performance.now() + timeoutMs
  while (isAlive(identity)) {
    if (performance.now() > endMs) kill(identity)
    await sleep(checkMs)
  }
}

/** Kills a process, and resolves when it is gone. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  kill(identity)
  while (isAlive(identity)) await sleep(checkMs)
}

/**
 * Tells a process that another one has its place: it exits when its last client is done. Stops it if it is still there after
 * `timeoutMs`, within `stopTimeoutMs` more. Resolves when it has been told.
 */
export async function retireProcess(
  identity: ProcessIdentity,
  socketPath: string,
  { timeoutMs, stopTimeoutMs }: { readonly timeoutMs: number; readonly stopTimeoutMs: number },
): Promise<void> {
  await sendCommand(socketPath, { do: 'retire' }, commandTimeoutMs).catch(() => undefined)
  setTimeout(() => void stopProcess(identity, socketPath, stopTimeoutMs), timeoutMs).unref()
}
