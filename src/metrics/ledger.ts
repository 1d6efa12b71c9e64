import type { Counters, ModelFigures, ProcessFigures, TallyName } from '../contracts/index.ts'
import { addCounters, addModels, addTallies, keyOfVersion, noCounters, pastName } from './counters.ts'

/** Versions of a model that no process serves any more and that are still told apart: a rollback leads to them. */
const maxPastVersions = 5

/** Models that no process serves any more and that are still told apart. */
const maxPastModels = 100

/** A process as it was last heard, by a name that no other process ever has. */
type Heard = { readonly process: string; readonly number: number; readonly counters: Counters }

/** What another supervisor continues from. */
export type SavedLedger = {
  readonly carried: Counters
  readonly heard: readonly (readonly [id: string, heard: Heard])[]
}

/**
 * The totals of a stack: the last figures of each process that lives, and what those that have ended had counted. So no total
 * falls when a process is replaced. A version that was served long ago is counted under `pastName` of its model, so that the
 * total of the model stays and its versions do not pile up.
 */
export class Ledger {
  #carried: Counters
  readonly #heard: Map<string, Heard>

  constructor(saved: SavedLedger = { carried: noCounters, heard: [] }) {
    this.#carried = saved.carried
    this.#heard = new Map(saved.heard)
  }

  /** The number of the last figures of a process; undefined if there are none. */
  lastNumber(id: string): number | undefined {
    return this.#heard.get(id)?.number
  }

  /** Takes the figures of a process that lives. */
  report(id: string, process: string, figures: ProcessFigures): void {
    const before = this.#heard.get(id)
    const counters = countersOf(process, figures)
    const { models, ended } = continueModels(before?.counters.models ?? [], figures)
    this.#heard.set(id, { process, number: figures.number, counters: { ...counters, models } })
    if (ended.length > 0) this.#carry({ ...noCounters, models: ended })
  }

  /** A process has ended: what it had counted is kept. */
  end(id: string): void {
    const heard = this.#heard.get(id)
    if (heard === undefined) return
    this.#heard.delete(id)
    this.#carry(heard.counters)
  }

  /** Ends all but those that live. */
  endOthers(living: ReadonlySet<string>): void {
    for (const id of [...this.#heard.keys()]) if (!living.has(id)) this.end(id)
  }

  /** Counts what the supervisor itself has seen. */
  count(name: TallyName, labels: readonly string[]): void {
    const tallies = addTallies([...this.#carried.tallies, { name, labels, count: 1 }])
    this.#carried = { ...this.#carried, tallies }
  }

  get totals(): Counters {
    return addCounters([this.#carried, ...[...this.#heard.values()].map(({ counters }) => counters)])
  }

  save(): SavedLedger {
    return { carried: this.#carried, heard: [...this.#heard] }
  }

  #carry(counters: Counters): void {
    const carried = addCounters([this.#carried, counters])
    const living = new Set(
      [...this.#heard.values()].flatMap(({ counters: { models } }) => models.map(keyOfVersion)),
    )
    // Those that were carried last come last: they are kept.
    const again = new Set(counters.models.map(keyOfVersion))
    const models = [
      ...carried.models.filter((one) => !again.has(keyOfVersion(one))),
      ...carried.models.filter((one) => again.has(keyOfVersion(one))),
    ]
    this.#carried = { ...carried, models: foldPast(models, living) }
  }
}

/** What a process has counted, as part of the totals. */
function countersOf(process: string, { gateway, worker, usage }: ProcessFigures): Counters {
  const tally = (name: TallyName, count: number) => ({ name, labels: [process], count })
  const counts = Object.entries(gateway?.counts ?? {}) as [TallyName, number][]
  return {
    gateway: gateway?.routes ?? [],
    workers: { primary: [], backup: [], ...(worker && { [worker.instance]: worker.routes }) },
    models: worker?.models ?? [],
    tallies: [
      ...counts.map(([name, count]) => ({ name, labels: [], count })),
      tally('cpuMs', usage.cpuMs),
      tally('busyMs', usage.busyMs),
    ],
  }
}

/** The versions that a process counts on, and those that it counts no further. */
function continueModels(
  before: readonly ModelFigures[],
  { isWhole, worker }: ProcessFigures,
): { readonly models: readonly ModelFigures[]; readonly ended: readonly ModelFigures[] } {
  const now = new Map((worker?.models ?? []).map((one) => [keyOfVersion(one), one]))
  const endedKeys = new Set((worker?.ended ?? []).map(keyOfVersion))
  const ended: ModelFigures[] = []
  for (const one of before) {
    const key = keyOfVersion(one)
    if (now.has(key)) continue
    if (isWhole || endedKeys.has(key)) ended.push(one)
    else now.set(key, one)
  }
  for (const key of endedKeys) {
    const last = now.get(key)
    if (last !== undefined) ended.push(last)
    now.delete(key)
  }
  return { models: [...now.values()], ended }
}

/** Counts versions and models that are served no more, but for the last few of them, under other names. */
function foldPast(models: readonly ModelFigures[], living: ReadonlySet<string>): ModelFigures[] {
  const livingModels = new Set([...living].map((key) => key.split('\n', 1)[0] ?? ''))
  const pastModels = [...new Set(models.map(({ model }) => model))].filter((name) => !livingModels.has(name))
  const forgotten = new Set(pastModels.slice(0, Math.max(0, pastModels.length - maxPastModels)))
  const pastVersions = new Map<string, number>()
  // The last ones first.
  const folded = models.toReversed().map((one): ModelFigures => {
    if (forgotten.has(one.model)) return { ...one, model: pastName, version: pastName }
    if (living.has(keyOfVersion(one)) || one.version === pastName) return one
    const count = (pastVersions.get(one.model) ?? 0) + 1
    pastVersions.set(one.model, count)
    return count <= maxPastVersions ? one : { ...one, version: pastName }
  })
  return addModels(folded.toReversed())
}
