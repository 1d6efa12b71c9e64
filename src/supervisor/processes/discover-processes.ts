import { rmSync } from 'node:fs'

import type {
  EndCommand,
  LogLevel,
  LogLevelCommand,
  ReopenLogsCommand,
  StopCommand,
} from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { sendCommand } from '../../ipc/index.ts'
import type { FoundProcess } from '../../process/index.ts'
import { findInPlace, listProcesses, ownSocket } from '../../process/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { identify, isAnswered, kill } from '../../run-folder/index.ts'
import { stopProcess } from './stop-process.ts'

const statusTimeoutMs = 500

/** A process that answered, or whose socket the kernel holds for it while it hangs. */
export type LivingProcess = FoundProcess & { readonly identity: ProcessIdentity }

/** The processes of a stack that live, also those that hang, by whether they have their place. */
export type DiscoveredProcesses = {
  readonly inPlace: readonly LivingProcess[]
  readonly others: readonly LivingProcess[]
}

/** Finds what an earlier supervisor has left behind. Sockets of dead processes are removed. */
export async function discoverProcesses(runFolder: string): Promise<DiscoveredProcesses> {
  const inPlace: LivingProcess[] = []
  const others: LivingProcess[] = []
  for (const living of await findLiving(runFolder, listProcesses(runFolder))) {
    const hasPlace = findInPlace(runFolder, living.name)?.pid === living.pid
    ;(hasPlace ? inPlace : others).push(living)
  }
  return { inPlace, others }
}

/** Retires processes that have no place: an earlier supervisor has replaced them, or did not come to give them one. */
export async function retireOthers(runFolder: string, others: readonly FoundProcess[]): Promise<void> {
  await sendToAll(runFolder, others, { do: 'retire' })
}

/** Stops processes without a place, and waits until they have ended; kills those that have not after `timeoutMs`. */
export async function stopOthers(
  runFolder: string,
  others: readonly LivingProcess[],
  timeoutMs: number,
): Promise<void> {
  await Promise.all(others.map((one) => stopProcess(one.identity, ownSocket(runFolder, one), timeoutMs)))
}

/**
 * Has workers that were replaced, and still wait for idle clients on their own ports, wait no longer: they know nothing of
 * rollouts. Resolves when they have heard.
 */
export async function stopRetiredWorkers(runFolder: string): Promise<void> {
  const workers = listRetired(runFolder).filter(({ name }) => name !== 'gateway')
  await sendToAll(runFolder, workers, { do: 'stop' })
}

/** Stops everything that was replaced and still waits for idle clients; resolves when it has ended. */
export async function stopRetired(runFolder: string, timeoutMs: number): Promise<void> {
  await stopOthers(runFolder, await findLiving(runFolder, listRetired(runFolder)), timeoutMs)
}

/** Ends everything that was replaced without waiting for what it holds. */
export async function killRetired(runFolder: string): Promise<void> {
  for (const { identity } of await findLiving(runFolder, listRetired(runFolder))) kill(identity)
}

/** Has every process of a folder reopen its log files; those that have been replaced still write too. */
export async function reopenLogs(runFolder: string): Promise<void> {
  await sendToAll(runFolder, listProcesses(runFolder), { do: 'reopenLogs' })
}

/** Sets what every process of a folder logs; returns how many heard it. */
export function setLogLevel(runFolder: string, level: LogLevel): Promise<number> {
  return sendToAll(runFolder, listProcesses(runFolder), { do: 'setLogLevel', level })
}

/** Tells every process of a folder, also those that have been replaced, what comes before a stop. */
export async function tellOfStop(runFolder: string, command: StopCommand): Promise<void> {
  await sendToAll(runFolder, listProcesses(runFolder), command)
}

function listRetired(runFolder: string): FoundProcess[] {
  return listProcesses(runFolder).filter(({ name, pid }) => findInPlace(runFolder, name)?.pid !== pid)
}

/** Stops every process of a folder; returns how many heard it. */
export async function stopAll(runFolder: string): Promise<number> {
  return sendToAll(runFolder, listProcesses(runFolder), { do: 'stop' })
}

async function sendToAll(
  runFolder: string,
  found: readonly FoundProcess[],
  command: EndCommand | ReopenLogsCommand | LogLevelCommand | StopCommand,
): Promise<number> {
  const sent = await Promise.allSettled(
    found.map((one) => sendCommand(ownSocket(runFolder, one), command, statusTimeoutMs)),
  )
  return sent.filter(({ status }) => status === 'fulfilled').length
}

async function findLiving(runFolder: string, found: readonly FoundProcess[]): Promise<LivingProcess[]> {
  const living = await Promise.all(
    found.map(async (one) => {
      if (!(await lives(ownSocket(runFolder, one)))) return []
      // The process that has just answered has the number that its socket has in its name.
      const identity = identify(one.pid)
      return identity === undefined ? [] : [{ ...one, identity }]
    }),
  )
  return living.flat()
}

async function lives(socketPath: string): Promise<boolean> {
  try {
    await sendCommand(socketPath, { do: 'status' }, statusTimeoutMs)
    return true
  } catch (error) {
    // A stopped process still accepts: the kernel does that for it.
    if (error instanceof ChangeoverError && error.code === 'timed_out') return true
    const isListening = await isAnswered(socketPath)
    if (!isListening) rmSync(socketPath, { force: true })
    return isListening
  }
}
