import type { ModelVersion } from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import type { LoadedVersion, VersionLoader } from './version-loader.ts'

/** The version that a rollout is about to serve, beside the one that serves; one at a time. */
export class CandidateSlot {
  readonly #loader: Pick<VersionLoader, 'load'>
  #loaded: LoadedVersion | undefined
  /** Aborted when the candidate that is being loaded is no longer needed. */
  #wanted = new AbortController()

  constructor(loader: Pick<VersionLoader, 'load'>) {
    this.#loader = loader
  }

  /** Throws `model_load_failed` if there is none. */
  get loaded(): LoadedVersion {
    if (this.#loaded !== undefined) return this.#loaded
    throw new ChangeoverError(
      'model_load_failed',
      'this process has no candidate: it was started after the load',
    )
  }

  /** Loads a candidate in place of any other. Throws as `VersionLoader.load`. */
  async load(target: ModelVersion): Promise<void> {
    this.drop()
    this.#loaded = await this.#loader.load(target, this.#wanted.signal)
  }

  /** Hands the candidate over; the slot is empty then. Throws `model_load_failed` if there is none. */
  take(): LoadedVersion {
    const { loaded } = this
    this.#loaded = undefined
    return loaded
  }

  /** Releases the candidate, or ends its load. */
  drop(): void {
    this.#wanted.abort()
    this.#wanted = new AbortController()
    this.#loaded?.release()
    this.#loaded = undefined
  }
}
