import type { HistoryEntry } from '../contracts/index.ts'

/** Notices what is added to a list of the latest entries, of which each call sees the whole. */
export class NewEntries {
  #known: ReadonlySet<string> | undefined

  /** The entries that the last call did not see, in their order; none at the first. */
  take(latest: readonly HistoryEntry[]): HistoryEntry[] {
    const texts = latest.map((entry) => JSON.stringify(entry))
    const known = this.#known
    this.#known = new Set(texts)
    if (known === undefined) return []
    return latest.filter((_, index) => !known.has(texts[index] ?? ''))
  }
}
