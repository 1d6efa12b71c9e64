import { performance } from 'node:perf_hooks'

import type { Log, ModelVersion, WorkerStart } from '../contracts/index.ts'
import { ChangeoverError, formatModelVersion } from '../contracts/index.ts'
import type { LoadedModel } from '../store/index.ts'
import { createTokenizers, loadInSteps } from '../store/index.ts'
import { runInTurns } from './run-in-turns.ts'

export type VersionLoaderOptions = Pick<WorkerStart, 'storePath' | 'trustedKeys'> & { readonly log: Log }

/** A version that was loaded, and how long that took. */
export type LoadedVersion = LoadedModel & { readonly loadMs: number }

/** Loads versions in a process that answers callers meanwhile. */
export class VersionLoader {
  readonly #options: VersionLoaderOptions
  readonly #openTokenizer = createTokenizers()

  constructor(options: VersionLoaderOptions) {
    this.#options = options
  }

  /** Between two pieces of a file, what has come meanwhile goes first. Throws as `loadVersion`, and `model_load_failed` when `signal` is aborted. */
  async load(target: ModelVersion, signal?: AbortSignal): Promise<LoadedVersion> {
    const begunMs = performance.now()
    const { storePath, trustedKeys } = this.#options
    const loaded = await runInTurns(
      loadInSteps(storePath, target, this.#openTokenizer, trustedKeys),
      () => signal?.aborted !== true,
    )
    if (loaded === undefined)
      throw new ChangeoverError(
        'model_load_failed',
        `${formatModelVersion(target)} is no longer needed: another command came while it was loaded`,
      )
    const loadMs = performance.now() - begunMs
    this.#options.log('info', `loaded ${formatModelVersion(target)} in ${loadMs.toFixed(1)} ms`)
    const { icuVersion } = loaded.manifest
    const { icu = 'none' } = process.versions
    if (icuVersion !== undefined && icuVersion !== icu)
      this.#options.log(
        'warning',
        `${formatModelVersion(target)} was published with ICU ${icuVersion}, and this is ICU ${icu}: some texts may be split differently`,
      )
    return { ...loaded, loadMs }
  }
}
