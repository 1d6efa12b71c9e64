import type { Dictionary } from './dictionary/dictionary-format.ts'
import { codeBits, codeMask } from './dictionary/double-array.ts'
import { codeAt, type Workspace } from './workspace.ts'

/**
 * Finds the most likely way to cut a block into known words and unknown single characters, from its end to its start.
 *
 * The sums are taken in jieba's order; of two equally likely words the longer one wins, as in Python's `max` of pairs.
 */
export function findBestPath(dictionary: Dictionary, work: Workspace, start: number, end: number): void {
  work.scores[end] = 0
  for (let from = end - 1; from >= start; from--) chooseWord(dictionary, work, from, end)
}

function chooseWord({ cells, weights }: Dictionary, work: Workspace, from: number, end: number): void {
  const { scores, wordEnds } = work
  let best = -Infinity
  let bestEnd = from + 1
  let base = 0
  for (let at = from; at < end;) {
    const code = codeAt(work, at)
    const cell = 2 * (base + code)
    const head = cells[cell + 1] as number
    if ((head & codeMask) !== code) break
    at++
    const value = head >>> codeBits
    if (value !== 0) {
      const score = (weights[value] as number) + (scores[at] as number)
      if (score >= best) {
        best = score
        bestEnd = at
      }
    }
    base = cells[cell] as number
    if (base === 0) break
  }
  wordEnds[from] = bestEnd
  scores[from] = best > -Infinity ? best : (weights[0] as number) + (scores[from + 1] as number)
}

/** Whether the characters from `start` to `end` are a word of frequency above 0. */
export function isWord({ cells }: Dictionary, work: Workspace, start: number, end: number): boolean {
  let base = 0
  let value = 0
  for (let at = start; at < end; at++) {
    const code = codeAt(work, at)
    const cell = 2 * (base + code)
    const head = cells[cell + 1] as number
    if ((base === 0 && at > start) || (head & codeMask) !== code) return false
    value = head >>> codeBits
    base = cells[cell] as number
  }
  return value !== 0
}
