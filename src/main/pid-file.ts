import { readFileSync, rmSync, writeFileSync } from 'node:fs'

import { ChangeoverError } from '../contracts/index.ts'

/** Has a file say this process's id while it works, if a path is given. Throws `already_running` where the file names another process that lives. */
export async function withPidFile(path: string | undefined, work: () => Promise<void>): Promise<void> {
  if (path === undefined) return work()
  writePidFile(path)
  try {
    await work()
  } finally {
    removePidFile(path)
  }
}

function writePidFile(path: string): void {
  const before = readPid(path)
  if (before !== undefined && before !== process.pid && isAlive(before))
    throw new ChangeoverError(
      'already_running',
      `process ${before} runs already, as ${path} says; stop it, or name another file with -p`,
    )
  writeFileSync(path, `${process.pid}\n`)
}

/** Removes the file where it is this process's own. */
function removePidFile(path: string): void {
  if (readPid(path) === process.pid) rmSync(path, { force: true })
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
