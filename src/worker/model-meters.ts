import type { ModelFigures, ModelVersion } from '../contracts/index.ts'
import { formatModelVersion } from '../contracts/index.ts'
import { ModelMeter } from './model-meter.ts'

type Kept = { readonly target: ModelVersion; readonly meter: ModelMeter; users: number; reported: number }

/** The meters of the versions that are loaded. One that is released is reported once more, and then forgotten. */
export class ModelMeters {
  readonly #kept = new Map<string, Kept>()
  /** The number of the last report. */
  #number = 0

  /** The meter of a version that was loaded; to be given to `release` as often as it was acquired. */
  acquire({ model, version }: ModelVersion): ModelMeter {
    const target = { model, version }
    const key = formatModelVersion(target)
    const kept = this.#kept.get(key) ?? { target, meter: new ModelMeter(target), users: 0, reported: 0 }
    this.#kept.set(key, kept)
    kept.users++
    return kept.meter
  }

  release(target: ModelVersion): void {
    const kept = this.#kept.get(formatModelVersion(target))
    if (kept !== undefined) kept.users--
  }

  /** What has changed since the report `after`, if that was the last one; otherwise everything. */
  report(after: number | undefined): {
    readonly number: number
    readonly isWhole: boolean
    readonly models: readonly ModelFigures[]
    readonly ended: readonly ModelVersion[]
  } {
    const isWhole = after === undefined || after !== this.#number
    const models: ModelFigures[] = []
    const ended: ModelVersion[] = []
    for (const [key, kept] of this.#kept) {
      const { meter, users, reported, target } = kept
      if (isWhole || meter.predictions !== reported) models.push(meter.figures)
      kept.reported = meter.predictions
      if (users > 0) continue
      ended.push(target)
      this.#kept.delete(key)
    }
    return { number: ++this.#number, isWhole, models, ended }
  }
}
