import { readFileSync } from 'node:fs'

/** Whether a process has been stopped by a signal or a debugger, and is not held up by its own work; false if it is gone. */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // After the name in parentheses, which may have any character in it.
    const state = stat[stat.lastIndexOf(')') + 2]
    return state === 'T' || state === 't'
  } catch {
    return false
  }
}
