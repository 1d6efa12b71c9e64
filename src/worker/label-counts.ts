import type { LabelTally } from '../contracts/index.ts'
import { addTallies, maxLabels, numberOfLabel, sharedNumber } from '../gates/judge/index.ts'
import { noLabel } from '../metrics/index.ts'

/** After this many answers all counts are halved, so that recent ones count more. */
const maxAnswers = 20_000

/** Counts the best labels of a version's recent answers, in little memory, however many and long the labels are. */
export class LabelCounts {
  #counts: Map<number, number>
  #isShared: boolean
  #total: number

  /** Continues from what another process has counted for the same version. */
  constructor(
    { isShared, counts }: Pick<LabelTally, 'isShared' | 'counts'> = { isShared: false, counts: [] },
  ) {
    this.#counts = new Map(counts)
    this.#isShared = isShared
    this.#total = sum(this.#counts)
  }

  add(label: string | undefined): void {
    const own = numberOfLabel(label ?? noLabel)
    const number = this.#isShared ? sharedNumber(own) : own
    this.#counts.set(number, (this.#counts.get(number) ?? 0) + 1)
    if (!this.#isShared && this.#counts.size > maxLabels) this.#share()
    if (++this.#total >= maxAnswers) this.#halve()
  }

  tally(): Pick<LabelTally, 'isShared' | 'counts'> {
    return { isShared: this.#isShared, counts: [...this.#counts] }
  }

  #share(): void {
    this.#isShared = true
    this.#counts = new Map(addTallies([{ isShared: true, counts: [...this.#counts] }]).counts)
  }

  #halve(): void {
    this.#counts = new Map(
      [...this.#counts].flatMap(([label, count]) => (count < 2 ? [] : [[label, Math.floor(count / 2)]])),
    )
    this.#total = sum(this.#counts)
  }
}

function sum(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}
