import type { LabelTally } from '../../../contracts/index.ts'

/** How many labels are counted separately, and into how many numbers all are sorted if there are more. */
export const maxLabels = 1_024

/** The number of a label: the same in every process and for every version (FNV-1a of its UTF-16 units). */
export function numberOfLabel(label: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** The number that a label shares with others if there are too many to count each. */
export function sharedNumber(number: number): number {
  return number % maxLabels
}

type Tally = Pick<LabelTally, 'isShared' | 'counts'>

/** Adds up what several workers have counted; with shared numbers if any of them shares. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const isShared = tallies.some((tally) => tally.isShared)
  const counts = new Map<number, number>()
  for (const tally of tallies)
    for (const [number, count] of tally.counts) {
      const key = isShared ? sharedNumber(number) : number
      counts.set(key, (counts.get(key) ?? 0) + count)
    }
  return { isShared, counts: [...counts] }
}

/** The counts of both, by numbers that mean the same in both. */
export function alignTallies(a: Tally, b: Tally): readonly [Counts, Counts] {
  const share = (tally: Tally, other: Tally): Counts => {
    const { counts } = addTallies([tally, { isShared: other.isShared, counts: [] }])
    return Object.fromEntries(counts)
  }
  return [share(a, b), share(b, a)]
}

type Counts = Readonly<Record<string, number>>
