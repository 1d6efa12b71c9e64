import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'

/** The processes of this machine that have a file of a folder mapped, by id; those of other users are seen by root only. */
export function findUsers(folder: string): number[] {
  if (!existsSync(folder)) return []
  const mapped = ` ${realpathSync(folder)}/`
  return listProcesses().filter((pid) => readMappings(pid).includes(mapped))
}

function listProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function readMappings(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
  } catch {
    return ''
  }
}
