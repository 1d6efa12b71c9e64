/** After so many answers all counts are halved, so that they tell of the recent ones. */
const mostAnswers = 20_000

/** What a text without a known feature counts as. */
const noLabel = '(none)'

/** Counts the best labels that a version gave lately. */
export class LabelCounts {
  #counts = new Map<string, number>()
  #total = 0

  add(label: string | undefined): void {
    const key = label ?? noLabel
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    if (++this.#total >= mostAnswers) this.#halve()
  }

  toRecord(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  #halve(): void {
    this.#counts = new Map(
      [...this.#counts].flatMap(([label, count]) => (count < 2 ? [] : [[label, Math.floor(count / 2)]])),
    )
    this.#total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }
}
