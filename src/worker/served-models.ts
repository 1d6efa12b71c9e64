import type { LabelTally, ServedFigures, ServedVersion } from '../contracts/index.ts'
import { ChangeoverError, defined } from '../contracts/index.ts'
import type { TextFacts } from '../engine/fasttext/index.ts'
import type { LoadedModel, Manifest } from '../store/index.ts'
import type { Span } from '../tracing/index.ts'
import type { AskedModels } from './asked-models.ts'
import { trackAskedModels } from './asked-models.ts'
import { LabelCounts } from './label-counts.ts'
import type { ModelMeter } from './model-meter.ts'
import { ModelMeters } from './model-meters.ts'
import type { ServedModel } from './service/define-service.ts'
import type { FindObserver } from './service/observe-texts.ts'
import { observeTexts } from './service/observe-texts.ts'
import type { ObserveCut } from './trace-texts.ts'
import { traceTexts } from './trace-texts.ts'

/** The versions that a request sees from its begin to its end. */
export type ModelSnapshot = {
  readonly served: readonly ServedVersion[]
  /** The models for one more request; its texts are parts of the span, if it is traced. */
  readonly ask: (span?: Span) => AskedModels
}

/** What serving needs of a loaded model; a test has others to serve. */
export type ServableModel = Pick<
  LoadedModel,
  'cut' | 'top' | 'predict' | 'explain' | 'sentenceVector' | 'release'
> & {
  readonly manifest: Pick<Manifest, 'model' | 'version'> & Partial<Pick<Manifest, 'compiled' | 'dictionary'>>
  /** How long it took to load. */
  readonly loadMs?: number
  readonly observeCut?: ObserveCut
  readonly predictor: {
    readonly description: Pick<LoadedModel['predictor']['description'], 'nLabels'>
    readonly facts: TextFacts
  }
}

type Entry = {
  readonly loaded: ServableModel
  readonly sinceMs: number
  /** Of recent answers, for rollouts. */
  readonly answers: LabelCounts
  /** Of all answers; undefined before it observes. */
  readonly meter: ModelMeter | undefined
}
type Entries = ReadonlyMap<string, Entry>
type CountedSnapshot = ModelSnapshot & { readonly entries: Entries; users: number }

/** The models that a worker serves. Replacing one sets a reference; the replaced one is released by the last request that used it. */
export class ServedModels {
  #findObserver: FindObserver
  readonly #meters = new ModelMeters()
  #isObserved = false
  #current: CountedSnapshot
  readonly #retired = new Set<CountedSnapshot>()

  constructor() {
    this.#findObserver = () => undefined
    this.#current = createSnapshot(new Map(), this.#findObserver)
  }

  get current(): ModelSnapshot {
    return this.#current
  }

  /**
   * Begins to report texts, and to count labels: what was answered before was not for callers. What another process has `counted`
   * of the version that is served counts on.
   */
  observe(
    findObserver: FindObserver,
    counted: readonly (LabelTally & { readonly model: string })[] = [],
  ): void {
    this.#findObserver = findObserver
    this.#isObserved = true
    const countsOf = ({ loaded: { manifest } }: Entry): LabelCounts =>
      new LabelCounts(
        counted.find(({ model, version }) => model === manifest.model && version === manifest.version),
      )
    this.#replace(
      new Map(
        [...this.#current.entries].map(([name, entry]) => [
          name,
          { ...entry, answers: countsOf(entry), meter: this.#meters.acquire(entry.loaded.manifest) },
        ]),
      ),
    )
  }

  /** How often each label came first in recent answers of the served version of a model; null if none is served. */
  labelCounts(model: string): LabelTally | null {
    const entry = this.#current.entries.get(model)
    if (entry === undefined) return null
    return { version: entry.loaded.manifest.version, ...entry.answers.tally() }
  }

  /** What was asked of each version since the report `after`; see `ModelMeters.report`. */
  report(after: number | undefined): ReturnType<ModelMeters['report']> {
    return this.#meters.report(after)
  }

  /** What is served now. */
  get figures(): ServedFigures[] {
    return [...this.#current.entries.values()].map(({ loaded: { manifest, loadMs }, sinceMs }) => {
      const { model, version, compiled, dictionary } = manifest
      const sizeBytes = compiled && compiled.sizeBytes + (dictionary?.sizeBytes ?? 0)
      return { model, version, sinceMs, ...defined({ loadMs, sizeBytes }) }
    })
  }

  /** Begins a request. What it returns must be given to `release` when the answer is made. */
  acquire(): ModelSnapshot {
    this.#current.users++
    return this.#current
  }

  release(snapshot: ModelSnapshot): void {
    const counted = snapshot as CountedSnapshot
    counted.users--
    if (counted.users === 0 && counted !== this.#current) this.#sweep()
  }

  /** Serves `loaded` from the next request on, in place of the version of that model before it. */
  activate(loaded: ServableModel, nowMs: number): void {
    const meter = this.#isObserved ? this.#meters.acquire(loaded.manifest) : undefined
    const entry = { loaded, sinceMs: nowMs, answers: new LabelCounts(), meter }
    this.#replace(new Map(this.#current.entries).set(loaded.manifest.model, entry))
  }

  /** Stops serving a model. */
  remove(model: string): void {
    const entries = new Map(this.#current.entries)
    entries.delete(model)
    this.#replace(entries)
  }

  #replace(entries: Entries): void {
    this.#retired.add(this.#current)
    this.#current = createSnapshot(entries, this.#findObserver)
    this.#sweep()
  }

  /** Releases the models of snapshots that no request uses. */
  #sweep(): void {
    const idle = [...this.#retired].filter(({ users }) => users === 0)
    for (const snapshot of idle) this.#retired.delete(snapshot)
    const held = new Set([this.#current, ...this.#retired].flatMap(({ entries }) => loadedModels(entries)))
    const released = new Set(idle.flatMap(({ entries }) => loadedModels(entries)))
    for (const loaded of released) {
      if (held.has(loaded)) continue
      loaded.release()
      this.#meters.release(loaded.manifest)
    }
  }
}

function loadedModels(entries: Entries): ServableModel[] {
  return [...entries.values()].map(({ loaded }) => loaded)
}

function createSnapshot(entries: Entries, findObserver: FindObserver): CountedSnapshot {
  const byName = new Map(
    [...entries].map(([name, entry]) => [name, observeTexts(toServedModel(entry), findObserver(name))]),
  )
  const served = [...entries.values()].map(({ loaded, sinceMs }) => ({
    model: loaded.manifest.model,
    version: loaded.manifest.version,
    sinceMs,
  }))
  const find = (name: string): ServedModel => {
    const model = byName.get(name)
    if (model !== undefined) return model
    throw new ChangeoverError(
      'model_unknown',
      `no version of the model ${name} is served; deploy one, or name a model of the configuration`,
    )
  }
  const ask = trackAskedModels(served, find)
  const askTraced = (span: Span): AskedModels =>
    trackAskedModels(served, (name) =>
      traceTexts(find(name), { span, name, observeCut: entries.get(name)?.loaded.observeCut }),
    )()
  return {
    entries,
    users: 0,
    served,
    ask: (span) => (span === undefined ? ask() : askTraced(span)),
  }
}

/** The best label of each answer is counted, so that a rollout can compare the distributions of the answers. */
function toServedModel({ loaded, answers, meter }: Entry): ServedModel {
  const { manifest, predictor, cut, top, predict, explain, sentenceVector } = loaded
  return {
    version: manifest.version,
    labelCount: predictor.description.nLabels,
    cut,
    top: (text) => {
      const best = top(text)
      answers.add(best?.label)
      meter?.answered(best, predictor.facts)
      return best
    },
    predict: (text, k, threshold) => {
      const best = predict(text, k, threshold)
      answers.add(best[0]?.label)
      meter?.answered(best[0], predictor.facts)
      return best
    },
    explain,
    sentenceVector,
  }
}
