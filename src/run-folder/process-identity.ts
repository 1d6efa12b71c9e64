import { readFileSync } from 'node:fs'

/** Identifies one process: its id alone is reused after it has exited. */
export type ProcessIdentity = {
  readonly pid: number
  /** When it began, in clock ticks since the system started. */
  readonly startTicks: number
}

/** The identity of the process that has an id now, or undefined if there is none; a zombie counts. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  return stat === undefined ? undefined : { pid, startTicks: stat.startTicks }
}

/** Whether a process runs, and is still the same; a zombie does not run. */
export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  const stat = readStat(pid)
  return stat?.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X'
}

/** Whether a process was stopped, by SIGSTOP or a terminal, and does nothing until SIGCONT. */
export function isStopped(pid: number): boolean {
  const state = readStat(pid)?.state
  return state === 'T' || state === 't'
}

/** Kills a process; does nothing if it has exited, also to another process that has its id now. */
export function kill(identity: ProcessIdentity): void {
  signalProcess(identity, 'SIGKILL')
}

/** Sends a process a signal; does nothing if it has exited, also to another process that has its id now. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, signal)
  } catch {
    // It has ended by itself.
  }
}

function readStat(pid: number): { readonly state: string; readonly startTicks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // After the name in parentheses, which may contain any character: the fields from the third on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', startTicks: Number(fields[19]) }
  } catch {
    return undefined
  }
}
