import type { ModelVersion } from '../contracts/index.ts'
import { formatModelVersion } from '../contracts/index.ts'
import { HistoryFollower, isRollout } from '../store/index.ts'

/** When versions were last tried: a rollout of them was begun, however it ended. Reads what is new in the history at each call. */
export class TriedVersions {
  readonly #history: HistoryFollower
  readonly #lastMs = new Map<string, number>()

  constructor(storePath: string) {
    this.#history = new HistoryFollower(storePath)
  }

  /** Whether a version was tried at a moment or after it. */
  wasSince(target: ModelVersion, atMs: number): boolean {
    for (const entry of this.#history.takeNew()) {
      if (!isRollout(entry)) continue
      const key = formatModelVersion(entry)
      this.#lastMs.set(key, Math.max(entry.atMs, this.#lastMs.get(key) ?? -Infinity))
    }
    const lastMs = this.#lastMs.get(formatModelVersion(target))
    return lastMs !== undefined && lastMs >= atMs
  }
}
