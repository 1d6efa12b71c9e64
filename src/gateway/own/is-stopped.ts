import { readFileSync } from 'node:fs'

/** Whether a process has been stopped by a signal or a debugger, and is not blocked by its own work; false if it has exited. */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // After the name in parentheses, which may contain any character.
    const state = stat[stat.lastIndexOf(')') + 2]
    return state === 'T' || state === 't'
  } catch {
    return false
  }
}
