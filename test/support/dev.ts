import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { cliPath } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'

/** `changeover dev` over a folder of its own. */
export type Dev = {
  readonly folder: string
  readonly pid: number
  readonly printed: () => string
  /** Waits for a text in what is printed from now on, which `work` brings about; resolves to all that was printed by then. */
  readonly after: (work: () => void, text: string) => Promise<string>
  /** Writes a file and renames it over the one before, as many editors do. */
  readonly save: (name: string, text: string) => void
  readonly gateway: () => string
  /** The processes of the stack besides this one. */
  readonly processes: () => readonly number[]
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>
}

/** Starts it over files by their names; `folder` is one that is there already, and `args` are others of Node. */
export function startDev(
  files: Readonly<Record<string, string>>,
  folder = mkdtempSync(join(tmpdir(), 'changeover-dev-')),
  args: readonly string[] = [cliPath, 'dev'],
): Dev {
  const save = (name: string, text: string): void => {
    writeFileSync(join(folder, `${name}.new`), text)
    renameSync(join(folder, `${name}.new`), join(folder, name))
  }
  for (const [name, text] of Object.entries(files)) save(name, text)
  let text = ''
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part))
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return {
    folder,
    pid: child.pid ?? 0,
    printed: () => text,
    after: async (work, wanted) => {
      const begin = text.length
      work()
      await until(`${wanted} is printed`, () => {
        if (child.exitCode !== null) throw new Error(`it has exited with ${child.exitCode}:\n${text}`)
        return text.includes(wanted, begin)
      })
      return text.slice(begin)
    },
    save,
    gateway: () => /gateway listening at (\S+)/.exec(text)?.[1] ?? '',
    processes: () => ofFolder(folder).filter((pid) => pid !== child.pid),
    kill: (signal) => {
      child.kill(signal)
      return exited
    },
  }
}

/** Removes the folder of one that has been stopped. */
export function removeDev({ folder }: Dev): void {
  rmSync(folder, { recursive: true, force: true })
}

/** The processes whose working folder it is. */
function ofFolder(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder
      } catch {
        return false
      }
    })
}
