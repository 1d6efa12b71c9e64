import type { FSWatcher } from 'node:fs'
import { watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { performance } from 'node:perf_hooks'

import type { WatchConfig } from '../config/schema/index.ts'
import type { Log } from '../contracts/index.ts'
import { ChangeoverError, toMessage } from '../contracts/index.ts'
import { compareVersions, parseModelFileName } from '../store/index.ts'
import type { FoundFile, Known } from './scan.ts'
import { nothingSeen, scan, settle } from './scan.ts'

export type FolderWatchOptions = Pick<WatchConfig, 'folder' | 'settleMs' | 'pollMs'> &
  Omit<Known, 'compare'> & {
    /** The names of the models of the configuration. */
    readonly models: readonly string[]
    /** Why a file is incomplete by its own format; undefined if it is complete. */
    readonly findFault: (file: string) => Promise<string | undefined>
    /** Deploys or publishes a file; rejects with why not. */
    readonly take: (path: string, file: FoundFile) => Promise<void>
    readonly log: Log
  }

const endings = ['.bin', '.ftz']

/** How soon the folder is checked after the system reports a change: a copy causes many of them. */
const soonMs = 100

/**
 * Watches the folder where training drops its files. It checks every `pollMs`, since network file systems report no changes, and
 * sooner if the system reports one.
 */
export class FolderWatch {
  readonly #options: FolderWatchOptions
  readonly #logged = new Set<string>()
  #memory = nothingSeen
  #timer: NodeJS.Timeout | undefined
  #dueMs = Infinity
  #watcher: FSWatcher | undefined
  #scanInProgress: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: FolderWatchOptions) {
    this.#options = options
  }

  start(): void {
    this.#options.log('info', `watching ${this.#options.folder}`)
    this.#scheduleScan(0)
  }

  /** Waits for the check in progress. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#watcher?.close()
    await this.#scanInProgress
  }

  #scheduleScan(delayMs: number): void {
    if (this.#isClosed) return
    const dueMs = performance.now() + delayMs
    if (dueMs >= this.#dueMs) return
    clearTimeout(this.#timer)
    this.#dueMs = dueMs
    this.#timer = setTimeout(() => void (this.#scanInProgress = this.#scanAndSchedule()), delayMs)
  }

  async #scanAndSchedule(): Promise<void> {
    // A change during a check is seen by the next check.
    let settlesAtMs: number | undefined
    try {
      settlesAtMs = await this.#scan()
    } catch (error) {
      const why = toMessage(error)
      this.#logOnce('warning', `${this.#options.folder} cannot be checked: ${why}`)
      this.#watcher?.close()
      this.#watcher = undefined
    }
    this.#dueMs = Infinity
    const untilSettledMs = settlesAtMs === undefined ? Infinity : settlesAtMs - performance.now()
    this.#scheduleScan(Math.max(0, Math.min(this.#options.pollMs, untilSettledMs)))
  }

  async #scan(): Promise<number | undefined> {
    const { folder, settleMs, active, isKnown } = this.#options
    const found = await this.#list()
    this.#watcher ??= this.#watchForChanges()
    const known = { active, isKnown, compare: compareVersions }
    const seen = scan(this.#memory, found, known, { settleMs, nowMs: performance.now() })
    this.#memory = seen.memory
    if (seen.older.length > 0)
      this.#options.log(
        'info',
        `left alone in ${folder}, as older than the active version: ${seen.older.map(({ name }) => name).join(', ')}`,
      )
    for (const file of seen.ripe) await this.#take(file)
    return seen.settlesAtMs
  }

  async #list(): Promise<FoundFile[]> {
    const { folder, models } = this.#options
    const found: FoundFile[] = []
    for (const name of await readdir(folder)) {
      // rsync uses such a name for a copy in progress.
      if (name.startsWith('.') || !endings.includes(extname(name))) continue
      const target = parseModelFileName(name)
      if (target === undefined || !models.includes(target.model)) {
        this.#logOnce(
          'info',
          `left alone in ${folder}: ${name} is not named MODEL_UNIXTIME${extname(name)} after a model of the configuration`,
        )
        continue
      }
      const facts = await stat(join(folder, name)).catch(() => undefined)
      if (facts?.isFile() !== true) continue
      found.push({
        ...target,
        name,
        fingerprint: `${facts.size} ${facts.mtimeMs} ${facts.ino}`,
        changedAtMs: facts.ctimeMs,
      })
    }
    return found
  }

  async #take(file: FoundFile): Promise<void> {
    const { folder, findFault, take, log } = this.#options
    const path = join(folder, file.name)
    try {
      const fault = await findFault(path)
      if (fault === undefined) {
        this.#logOnce('info', `${path} has arrived`, path + file.fingerprint)
        await take(path, file)
      } else log('warning', `${path} is left alone until it changes: ${fault}`)
    } catch (error) {
      if (error instanceof ChangeoverError && error.code === 'rollout_busy') return
      const why = toMessage(error)
      log(
        'error',
        `${path} was not taken, and is left alone until it changes: ${why}; \`changeover deploy ${path}\` tries it again`,
      )
    }
    this.#memory = settle(this.#memory, file)
  }

  #watchForChanges(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#options.folder, { persistent: false }, () => this.#scheduleScan(soonMs))
      watcher.on('error', () => undefined)
      return watcher
    } catch {
      return undefined
    }
  }

  #logOnce(level: 'info' | 'warning', message: string, key = message): void {
    if (!this.#logged.has(key)) this.#options.log(level, message)
    this.#logged.add(key)
  }
}
