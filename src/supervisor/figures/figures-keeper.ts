import { readdir, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import type {
  LivingFigures,
  Log,
  ProcessFigures,
  SecondFigures,
  StackFigures,
  TallyName,
} from '../../contracts/index.ts'
import { toMessage } from '../../contracts/index.ts'
import { differenceOf, Ledger } from '../../metrics/index.ts'
import { UsageMeter } from '../../process/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { identify } from '../../run-folder/index.ts'
import { FigureLink } from './figure-link.ts'
import { FiguresFile } from './figures-file.ts'

const askMs = 1_000
/** One that does not answer in time is told of as it was. */
const answerTimeoutMs = 300

/** A process whose figures are gathered. */
export type WatchedProcess = {
  readonly name: string
  readonly identity: ProcessIdentity
  readonly socketPath: string
}

type Watched = { readonly name: string; readonly link: FigureLink; latest: ProcessFigures | undefined }

/**
 * Gathers the figures of all processes of a stack, once a second, and adds them up. What it tells is in memory, and was written
 * down before, so that no total falls when a process ends or another supervisor takes over.
 */
export class FiguresKeeper {
  readonly #file: FiguresFile
  readonly #log: Log
  readonly #startedAtMs = Date.now()
  readonly #usage = new UsageMeter()
  readonly #watched = new Map<string, Watched>()
  readonly #listeners = new Set<(second: SecondFigures) => void>()
  #ledger = new Ledger()
  #figures: StackFigures
  #timer: NodeJS.Timeout | undefined
  #isAsking = false
  #askedMs = performance.now()
  #hasFailed = false

  constructor({ runFolder, log }: { readonly runFolder: string; readonly log: Log }) {
    this.#file = new FiguresFile(runFolder)
    this.#log = log
    this.#figures = { atMs: Date.now(), totals: this.#ledger.totals, living: [] }
  }

  /** Begins; if processes of an earlier supervisor were found, continues from what that one had counted. */
  start(found: readonly WatchedProcess[]): void {
    if (found.length === 0) this.#file.remove()
    else this.#ledger = new Ledger(this.#file.read())
    // Before any process is asked: a scrape in the first second must not find counters at zero.
    this.#figures = { ...this.#figures, totals: this.#ledger.totals }
    this.#ledger.endOthers(new Set(found.map(({ identity }) => idOf(identity))))
    for (const process of found) this.watch(process)
    this.#timer = setInterval(() => void this.#ask().catch((error: unknown) => this.#fail(error)), askMs)
  }

  /** Gathers the figures of a process from now on until it ends. */
  watch({ name, identity, socketPath }: WatchedProcess): void {
    const id = idOf(identity)
    if (this.#watched.has(id)) return
    const watched: Watched = {
      name,
      latest: undefined,
      link: new FigureLink({
        identity,
        socketPath,
        onFigures: (figures) => {
          watched.latest = figures
          this.#ledger.report(id, name, figures)
        },
        onEnded: () => {
          this.#watched.delete(id)
          this.#ledger.end(id)
        },
      }),
    }
    this.#watched.set(id, watched)
  }

  /** Counts what the supervisor itself has seen. */
  count(name: TallyName, ...labels: string[]): void {
    this.#ledger.count(name, labels)
  }

  /** As they were at the last full second. */
  get figures(): StackFigures {
    return this.#figures
  }

  /** Calls the listener each second with what it held; returns what ends that. */
  observe(listener: (second: SecondFigures) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Gathers no more. What was counted is forgotten, unless processes go on without it. */
  close({ isDetaching = false } = {}): void {
    clearInterval(this.#timer)
    this.#usage.close()
    for (const { link } of this.#watched.values()) link.close()
    this.#watched.clear()
    if (!isDetaching) this.#file.remove()
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const askedMs = performance.now()
    try {
      const asked = [...this.#watched].map(([id, { link }]) => link.ask(this.#ledger.lastNumber(id)))
      await Promise.race([Promise.all(asked), sleep(answerTimeoutMs)])
      await this.#conclude(askedMs)
    } finally {
      this.#isAsking = false
    }
  }

  async #conclude(askedMs: number): Promise<void> {
    const own = this.#measureItself()
    const id = idOf(identify(process.pid) ?? { pid: process.pid, startTicks: 0 })
    this.#ledger.report(id, 'supervisor', own)
    const living = await Promise.all(
      [{ name: 'supervisor', latest: own }, ...this.#watched.values()].map(describe),
    )
    const { totals } = this.#ledger
    this.#save()
    const before = this.#figures
    this.#figures = { atMs: Date.now(), totals, living: living.flatMap((one) => one ?? []) }
    const durationMs = askedMs - this.#askedMs
    this.#askedMs = askedMs
    if (this.#listeners.size === 0) return
    const second = differenceOf(before, this.#figures, durationMs)
    for (const listen of this.#listeners) listen(second)
  }

  #measureItself(): ProcessFigures {
    const usage = this.#usage.take()
    return { number: 1, isWhole: true, pid: process.pid, startedAtMs: this.#startedAtMs, usage }
  }

  /** What was told would be lost with this process if it could not be written down; that is better than to tell nothing. */
  #save(): void {
    try {
      this.#file.write(this.#ledger.save())
      this.#hasFailed = false
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (!this.#hasFailed)
      this.#log(
        'error',
        `the figures cannot be written to the run folder, so another supervisor would begin them at zero: ${toMessage(error)}`,
      )
    this.#hasFailed = true
  }
}

function idOf({ pid, startTicks }: ProcessIdentity): string {
  return `${pid}.${startTicks}`
}

/** Undefined for a process that has not reported, or is of an earlier build. */
async function describe({
  name,
  latest,
}: Pick<Watched, 'name' | 'latest'>): Promise<LivingFigures | undefined> {
  if (latest === undefined) return undefined
  const { pid, startedAtMs, usage, gateway, worker } = latest
  const openFiles = await countOpenFiles(pid)
  return {
    process: name,
    pid,
    startedAtMs,
    usage,
    openFiles,
    ...(gateway && { gateway }),
    ...(worker && { worker }),
  }
}

async function countOpenFiles(pid: number): Promise<number | null> {
  const folder = `/proc/${pid}/fd`
  try {
    // Kernels before 6.2 do not tell.
    const { size } = await stat(folder)
    return size > 0 ? size : (await readdir(folder)).length
  } catch {
    return null
  }
}
