import { isDigit, isHan, isLatinOrDigit } from './dictionary/alphabet.ts'
import type { Dictionary } from './dictionary/dictionary-format.ts'
import { beginPlace, middlePlace, tagCharacters } from './tag-characters.ts'
import { pushSingles, pushToken, type Workspace } from './workspace.ts'

/** The input of a cut: the dictionary, and the words that it splits again. */
export type Knowledge = { readonly dictionary: Dictionary; readonly splitWords: ReadonlySet<string> }

/** Ends a word that the model found, or all of its characters if it is to be split. */
function pushFoundWord(
  knowledge: Knowledge,
  text: string,
  work: Workspace,
  start: number,
  end: number,
): void {
  const { splitWords } = knowledge
  if (splitWords.size > 0 && splitWords.has(text.slice(start, end))) pushSingles(work, start, end)
  else pushToken(work, end)
}

/** A way may begin inside a word if every other is impossible, but it always ends with the end of one. */
function cutHan(knowledge: Knowledge, text: string, work: Workspace, start: number, end: number): void {
  tagCharacters(knowledge.dictionary, work, start, end)
  let wordStart = start
  for (let at = start; at < end; at++) {
    const place = work.places[at]
    if (place === beginPlace || place === middlePlace) continue
    pushFoundWord(knowledge, text, work, wordStart, at + 1)
    wordStart = at + 1
  }
}

function skipWhile(text: string, from: number, end: number, isPart: (unit: number) => boolean): number {
  let at = from
  while (at < end && isPart(text.charCodeAt(at))) at++
  return at
}

/** The end of a word of letters and digits, with a decimal fraction and a percent sign if it has them. */
function endOfLatin(text: string, start: number, end: number): number {
  let at = skipWhile(text, start, end, isLatinOrDigit)
  if (at < end && text[at] === '.') {
    const fractionEnd = skipWhile(text, at + 1, end, isDigit)
    if (fractionEnd > at + 1) at = fractionEnd
  }
  return at < end && text[at] === '%' ? at + 1 : at
}

const isSymbol = (unit: number) => !isHan(unit) && !isLatinOrDigit(unit)

/** Cuts a run of characters that the dictionary does not join: Chinese by the hidden Markov model, the rest by kind. */
export function cutUnknown(
  knowledge: Knowledge,
  text: string,
  work: Workspace,
  start: number,
  end: number,
): void {
  for (let at = start; at < end;) {
    const unit = text.charCodeAt(at)
    if (isHan(unit)) {
      const hanEnd = skipWhile(text, at, end, isHan)
      cutHan(knowledge, text, work, at, hanEnd)
      at = hanEnd
    } else {
      at = isLatinOrDigit(unit) ? endOfLatin(text, at, end) : skipWhile(text, at, end, isSymbol)
      pushToken(work, at)
    }
  }
}
