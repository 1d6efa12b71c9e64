import type { Dictionary } from './dictionary/dictionary-format.ts'
import { codeAt, type Workspace } from './workspace.ts'

export const beginPlace = 0
const endPlace = 1
export const middlePlace = 2
const singlePlace = 3

/** Bit p of a trace is set if place p was reached from the later of its two possible places: S, M, M, S. */
const cameBefore = (place: number, trace: number): number => {
  const isLater = (trace & (1 << place)) !== 0
  if (place === beginPlace || place === singlePlace) return isLater ? singlePlace : endPlace
  return isLater ? middlePlace : beginPlace
}

/** Follows the traces back and puts the place of each character over its trace. */
function followTraces({ places }: Workspace, start: number, end: number, last: number): void {
  let place = last
  for (let at = end - 1; at >= start; at--) {
    const trace = places[at] as number
    places[at] = place
    place = cameBefore(place, trace)
  }
}

/**
 * Gives each character of a run its place in a word, in `work.places`: the most likely sequence under a hidden Markov
 * model (A. Viterbi, 1967). Of two equally likely places before, the later letter of B, E, M, S wins, as in Python's
 * `max` of pairs; the sums are taken in jieba's order. With one trace byte a character it is linear in time and space.
 */
export function tagCharacters(dictionary: Dictionary, work: Workspace, start: number, end: number): void {
  const { emissions, start: initial, transitions } = dictionary
  const beginEnd = transitions[1] as number
  const beginMiddle = transitions[2] as number
  const endBegin = transitions[4] as number
  const endSingle = transitions[7] as number
  const middleEnd = transitions[9] as number
  const middleMiddle = transitions[10] as number
  const singleBegin = transitions[12] as number
  const singleSingle = transitions[15] as number
  const first = 4 * codeAt(work, start)
  let begin = (initial[0] as number) + (emissions[first] as number)
  let ending = (initial[1] as number) + (emissions[first + 1] as number)
  let middle = (initial[2] as number) + (emissions[first + 2] as number)
  let single = (initial[3] as number) + (emissions[first + 3] as number)
  for (let at = start + 1; at < end; at++) {
    const row = 4 * codeAt(work, at)
    const emitBegin = emissions[row] as number
    const emitEnd = emissions[row + 1] as number
    const emitMiddle = emissions[row + 2] as number
    const emitSingle = emissions[row + 3] as number
    const beginFromEnd = ending + endBegin + emitBegin
    const beginFromSingle = single + singleBegin + emitBegin
    const endFromBegin = begin + beginEnd + emitEnd
    const endFromMiddle = middle + middleEnd + emitEnd
    const middleFromBegin = begin + beginMiddle + emitMiddle
    const middleFromMiddle = middle + middleMiddle + emitMiddle
    const singleFromEnd = ending + endSingle + emitSingle
    const singleFromSingle = single + singleSingle + emitSingle
    work.places[at] =
      (beginFromSingle >= beginFromEnd ? 1 << beginPlace : 0) |
      (endFromMiddle >= endFromBegin ? 1 << endPlace : 0) |
      (middleFromMiddle >= middleFromBegin ? 1 << middlePlace : 0) |
      (singleFromSingle >= singleFromEnd ? 1 << singlePlace : 0)
    begin = Math.max(beginFromSingle, beginFromEnd)
    ending = Math.max(endFromMiddle, endFromBegin)
    middle = Math.max(middleFromMiddle, middleFromBegin)
    single = Math.max(singleFromSingle, singleFromEnd)
  }
  followTraces(work, start, end, single >= ending ? singlePlace : endPlace)
}
