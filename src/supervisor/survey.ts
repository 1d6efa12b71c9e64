import { rmSync } from 'node:fs'

import { ChangeoverError } from '../contracts/index.ts'
import type { EndCommand, ReopenLogsCommand } from '../contracts/index.ts'
import { findInPlace, listProcesses, ownSocket } from '../launch/index.ts'
import type { FoundProcess } from '../launch/index.ts'
import { sendCommand } from '../link/index.ts'
import { kill, stopProcess } from './managed-process.ts'

const statusTimeoutMs = 500

/** The processes of a stack that live, also those that hang, by whether they have their place. */
export type Survey = { readonly inPlace: readonly FoundProcess[]; readonly others: readonly FoundProcess[] }

/** Finds what an earlier supervisor has left behind. Sockets of dead processes are removed. */
export async function survey(runFolder: string): Promise<Survey> {
  const inPlace: FoundProcess[] = []
  const others: FoundProcess[] = []
  for (const found of listProcesses(runFolder)) {
    if (!(await lives(runFolder, found))) continue
    const hasPlace = findInPlace(runFolder, found.name)?.pid === found.pid
    ;(hasPlace ? inPlace : others).push(found)
  }
  return { inPlace, others }
}

/** Retires processes that have no place: an earlier supervisor has replaced them, or did not come to give them one. */
export async function retireOthers(runFolder: string, others: readonly FoundProcess[]): Promise<void> {
  await sendToAll(runFolder, others, { do: 'retire' })
}

/** Stops processes without a place, and waits until they have ended; kills those that have not after `longestMs`. */
export async function stopOthers(
  runFolder: string,
  others: readonly FoundProcess[],
  longestMs: number,
): Promise<void> {
  await Promise.all(others.map((one) => stopProcess(one.pid, ownSocket(runFolder, one), longestMs)))
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
export async function stopRetired(runFolder: string, longestMs: number): Promise<void> {
  const living = await Promise.all(
    listRetired(runFolder).map(async (one) => ((await lives(runFolder, one)) ? [one] : [])),
  )
  await stopOthers(runFolder, living.flat(), longestMs)
}

/** Ends everything that was replaced without waiting for what it holds. */
export async function killRetired(runFolder: string): Promise<void> {
  await Promise.all(
    listRetired(runFolder).map(async (one) => {
      if (await lives(runFolder, one)) kill(one.pid)
    }),
  )
}

/** Has every process of a folder open its log files anew; those that have been replaced still write too. */
export async function reopenLogs(runFolder: string): Promise<void> {
  await sendToAll(runFolder, listProcesses(runFolder), { do: 'reopenLogs' })
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
  command: EndCommand | ReopenLogsCommand,
): Promise<number> {
  const sent = await Promise.allSettled(
    found.map((one) => sendCommand(ownSocket(runFolder, one), command, statusTimeoutMs)),
  )
  return sent.filter(({ status }) => status === 'fulfilled').length
}

async function lives(runFolder: string, found: FoundProcess): Promise<boolean> {
  const socketPath = ownSocket(runFolder, found)
  try {
    await sendCommand(socketPath, { do: 'status' }, statusTimeoutMs)
    return true
  } catch (error) {
    // A stopped process still accepts: the kernel does that for it.
    if (error instanceof ChangeoverError && error.code === 'timed_out') return true
    rmSync(socketPath, { force: true })
    return false
  }
}
