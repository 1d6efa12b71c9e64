import { setTimeout as sleep } from 'node:timers/promises'

import type { Signature } from './file-signature.ts'

export type FileWatchOptions = {
  /** What differs once a path has another content; undefined if there is nothing. */
  readonly signatureOf: (path: string) => Promise<Signature | undefined>
  readonly intervalMs: number
}

type Signatures = ReadonlyMap<string, string | undefined>

/**
 * Looks at files by their paths, again and again. That also sees what `fs.watch` misses: a file that an editor replaces, that is
 * removed and comes back, in a folder that did, or on a network file system. See docs/adr/0053.
 */
export class FileWatch {
  readonly #options: FileWatchOptions
  #known: Signatures = new Map()

  constructor(options: FileWatchOptions) {
    this.#options = options
  }

  get paths(): readonly string[] {
    return [...this.#known.keys()]
  }

  /** Watches these paths and no others. One that is new has changed if it is later than the moment when it was read. */
  async setPaths(paths: readonly string[], readAtMs: number): Promise<void> {
    const known = await Promise.all(
      [...new Set(paths)].map(async (path) => {
        if (this.#known.has(path)) return [path, this.#known.get(path)] as const
        const signature = await this.#options.signatureOf(path)
        const isLater = signature !== undefined && signature.changedAtMs >= readAtMs
        return [path, isLater ? 'changed since' : signature?.text] as const
      }),
    )
    this.#known = new Map(known)
  }

  /** Resolves to the paths that have changed since they were reported, once all of them stay the same; undefined if aborted. */
  async next(signal: AbortSignal): Promise<readonly string[] | undefined> {
    let before = this.#known
    while (await this.#pause(signal)) {
      const now = await this.#look()
      const isSettled = changedPaths(before, now).length === 0
      const changed = changedPaths(this.#known, now)
      before = now
      if (!isSettled || changed.length === 0) continue
      this.#known = now
      return changed
    }
    return undefined
  }

  /** Whether anything has changed that has not been reported. */
  async hasChanged(): Promise<boolean> {
    return changedPaths(this.#known, await this.#look()).length > 0
  }

  async #look(): Promise<Signatures> {
    const { signatureOf } = this.#options
    return new Map(
      await Promise.all(this.paths.map(async (path) => [path, (await signatureOf(path))?.text] as const)),
    )
  }

  /** False if aborted. */
  #pause(signal: AbortSignal): Promise<boolean> {
    return sleep(this.#options.intervalMs, true, { signal }).catch(() => false)
  }
}

function changedPaths(before: Signatures, now: Signatures): string[] {
  return [...now].filter(([path, text]) => before.get(path) !== text).map(([path]) => path)
}
