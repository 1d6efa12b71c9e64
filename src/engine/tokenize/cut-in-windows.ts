/** The ends of the words of a text, in their order. */
export type FindEnds = (text: string) => Iterable<number>

/** So much is cut at a time, in UTF-16 units. `Intl.Segmenter` copies its whole text for each word. */
const windowUnits = 1_024

/** At the end of a window, words may change with what follows. */
const tailUnits = 128

/** Each window begins so far before the tail of the one before. */
const overlapUnits = 128

/** A window that may have begun in the middle of something is right after this many words in a row equal those of the one before. */
const sameWords = 8

/**
 * The ends of the words of a text, as `findEnds` gives them for the whole, in time that is linear in its length where `findEnds` is
 * not: window by window. Each begins at the end of a word of the one before, well before that one's tail, and is followed from where
 * both have given the same words for a while.
 */
export function cutInWindows(text: string, findEnds: FindEnds): number[] {
  const ends: number[] = []
  let window = openWindow(text, 0, findEnds)
  while (!window.isLast) {
    const next = openWindow(text, window.nextStart, findEnds)
    const seam = findSeam(window, next)
    pushUpTo(ends, window.ends, seam)
    window = next
  }
  pushUpTo(ends, window.ends, text.length)
  return ends
}

type Window = {
  readonly ends: readonly number[]
  /** The end of a word, where the next window begins. */
  readonly nextStart: number
  /** Up to here what follows the window makes no difference. */
  readonly certainEnd: number
  readonly isLast: boolean
}

function openWindow(text: string, start: number, findEnds: FindEnds): Window {
  const end = start + windowUnits
  if (end >= text.length) {
    const ends = Array.from(findEnds(text.slice(start)), (at) => start + at)
    return { ends, nextStart: text.length, certainEnd: text.length, isLast: true }
  }
  const ends = Array.from(findEnds(text.slice(start, end)), (at) => start + at)
  const certainEnd = end - tailUnits
  const nextStart = ends.findLast((at) => at <= certainEnd - overlapUnits)
  if (nextStart !== undefined) return { ends, nextStart, certainEnd, isLast: false }
  const longEnd = findLongEnd(text, start, findEnds)
  return { ends: [longEnd], nextStart: longEnd, certainEnd: longEnd, isLast: longEnd === text.length }
}

/** The end of a word that is longer than a window. The rest of the text that was read for it is not cut: it may be long. */
function findLongEnd(text: string, start: number, findEnds: FindEnds): number {
  for (let units = 2 * windowUnits; start + units < text.length; units *= 2) {
    const [first = units] = findEnds(text.slice(start, start + units))
    if (first <= units - tailUnits - overlapUnits) return start + first
  }
  const [first = text.length - start] = findEnds(text.slice(start))
  return start + first
}

/** The last end of a word before the tail up to which both windows give the same words; if there is none, the beginning of the second. */
function findSeam(window: Window, next: Window): number {
  const before = window.ends.filter((at) => at > window.nextStart && at <= window.certainEnd)
  const after = next.ends.filter((at) => at <= window.certainEnd)
  let same = 0
  let seam = window.nextStart
  for (let i = before.length - 1, j = after.length - 1; i >= 0 && j >= 0;) {
    const [a = 0, b = 0] = [before[i], after[j]]
    if (a === b) {
      if (same === 0) seam = a
      if (++same === sameWords) return seam
    } else same = 0
    if (a >= b) i--
    if (b >= a) j--
  }
  return same > 0 ? seam : window.nextStart
}

function pushUpTo(ends: number[], more: readonly number[], limit: number): void {
  const last = ends.at(-1) ?? 0
  for (const at of more) if (at > last && at <= limit) ends.push(at)
}
