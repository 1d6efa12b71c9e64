import { statfs } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Config } from '../../config/schema/index.ts'
import type { ModelFacts, StackFacts } from '../../contracts/index.ts'
import { listVersionNames, readManifest, readPointer } from '../../store/index.ts'

const lookMs = 10_000

export type FactsOptions = {
  readonly config: () => Config
  readonly storePath: string
  readonly isBusy: () => boolean
  /** The models whose active version is damaged. */
  readonly damaged: () => Promise<readonly { readonly model: string }[]>
}

/** What of a version never changes. */
type Version = { readonly sizeBytes: number; readonly trainedAtMs: number }

/** Knows what the store has of each model, by looking now and then: nobody who asks waits for a disk. */
export class FactsKeeper {
  readonly #options: FactsOptions
  readonly #versions = new Map<string, Map<string, Version>>()
  #facts: Pick<StackFacts, 'models' | 'disk'> = { models: [], disk: null }
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(options: FactsOptions) {
    this.#options = options
  }

  /** Looks at once, and again from then on. A store that cannot be read is tried again. */
  start(): void {
    this.look()
    this.#timer = setInterval(() => this.look(), lookMs)
  }

  /** Looks now: something has changed. */
  look(): void {
    this.#looking ??= this.#look()
      .catch(() => undefined)
      .finally(() => (this.#looking = undefined))
  }

  close(): void {
    clearInterval(this.#timer)
  }

  get facts(): StackFacts {
    const { config, isBusy } = this.#options
    return { ...this.#facts, isBusy: isBusy(), p99BudgetMs: config().rollout.p99BudgetMs }
  }

  async #look(): Promise<void> {
    const { config, storePath, damaged } = this.#options
    const damagedModels = (await damaged()).map(({ model }) => model)
    const disk = await statfs(storePath).then(
      ({ bsize, blocks, bavail }) => ({ sizeBytes: blocks * bsize, availableBytes: bavail * bsize }),
      () => null,
    )
    const models: ModelFacts[] = []
    for (const [model, { staleAfterMs = null }] of Object.entries(config().models)) {
      models.push({ ...this.#describe(model, damagedModels), staleAfterMs })
      // There may be a thousand.
      await nextTurn()
    }
    this.#facts = { models, disk }
  }

  #describe(model: string, damagedModels: readonly string[]): Omit<ModelFacts, 'staleAfterMs'> {
    const { storePath } = this.#options
    const names = listVersionNames(storePath, model)
    const known = this.#versions.get(model) ?? new Map<string, Version>()
    const versions = new Map<string, Version>()
    for (const version of names) {
      const found = known.get(version) ?? describeVersion(storePath, model, version)
      if (found !== undefined) versions.set(version, found)
    }
    this.#versions.set(model, versions)
    const found = [...versions.values()]
    const unreadable = names.length - found.length
    const activeDamaged = damagedModels.filter((name) => name === model).length
    return {
      model,
      versions: names.length,
      sizeBytes: found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      // One whose manifest is damaged may be the active one.
      damaged: Math.max(unreadable, activeDamaged),
      activeSinceMs: readPointer(storePath, model)?.sinceMs ?? null,
      trainedAtMs: found.length === 0 ? null : Math.max(...found.map(({ trainedAtMs }) => trainedAtMs)),
    }
  }
}

/** Undefined if it cannot be read. */
function describeVersion(storePath: string, model: string, version: string): Version | undefined {
  try {
    const { source, compiled, dictionary, publishedAtMs } = readManifest(storePath, { model, version })
    return {
      sizeBytes: source.sizeBytes + compiled.sizeBytes + (dictionary?.sizeBytes ?? 0),
      trainedAtMs: timeOf(version, publishedAtMs) ?? publishedAtMs,
    }
  } catch {
    return undefined
  }
}

/** Training usually names its files by the time: `name_question_1591259822.bin`. A time after the publication is none. */
function timeOf(version: string, publishedAtMs: number): number | undefined {
  const atMs = Number(version) * 1_000
  return /^1\d{9}$/.test(version) && atMs <= publishedAtMs ? atMs : undefined
}
