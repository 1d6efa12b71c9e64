import type { Work } from './protocol.ts'

/** How many labels or numbers are written as JSON in one step: some 100 µs. */
export const elementsPerStep = 500

/** A list as JSON; may be paused after each step of so many elements. */
export function* writeList(list: readonly unknown[], perStep = elementsPerStep): Work<string> {
  let json = '['
  for (let start = 0; start < list.length; start += perStep) {
    if (start > 0) {
      json += ','
      yield
    }
    json += writeElements(list.slice(start, start + perStep))
  }
  return json + ']'
}

/** The same of a list that is short; most are, and a generator costs as much as its one element. */
export function writeShortList(list: readonly unknown[]): string | undefined {
  return list.length <= elementsPerStep ? `[${writeElements(list)}]` : undefined
}

function writeElements(list: readonly unknown[]): string {
  return list.length === 1 ? JSON.stringify(list[0]) : JSON.stringify(list).slice(1, -1)
}
