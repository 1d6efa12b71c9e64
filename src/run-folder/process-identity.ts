import { readFileSync } from 'node:fs'

/** One process for good: the number alone goes to another one when it has ended. */
export type ProcessIdentity = {
  readonly pid: number
  /** When it began, in clock ticks since the system started. */
  readonly startTicks: number
}

/** What the process with a number is now, or undefined where there is none; one that has ended unasked counts. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  return stat === undefined ? undefined : { pid, startTicks: stat.startTicks }
}

/** Whether a process runs, and is still the same; one that has ended and that nobody has asked about does not. */
export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  const stat = readStat(pid)
  return stat?.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X'
}

/** Whether a process was stopped, by SIGSTOP or a terminal, and does nothing until SIGCONT. */
export function isStopped(pid: number): boolean {
  const state = readStat(pid)?.state
  return state === 'T' || state === 't'
}

/** Ends a process at once; one that has ended already is none the worse, nor is whoever has its number now. */
export function kill(identity: ProcessIdentity): void {
  signalProcess(identity, 'SIGKILL')
}

/** Sends a process a signal; nothing where it has ended, whoever has its number now. */
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
    // After the name in parentheses, which may have any character in it: the fields from the third on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', startTicks: Number(fields[19]) }
  } catch {
    return undefined
  }
}
