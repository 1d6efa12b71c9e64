import type { Tokenizer } from '../tokenizer.ts'
import { findBestPath, isWord } from './best-path.ts'
import { cutKnown } from './cut-known.ts'
import { cutUnknown, type Knowledge } from './cut-unknown.ts'
import { lengthOutsideBlocks } from './dictionary/alphabet.ts'
import { blockFlag, readSplitWords, viewDictionary } from './dictionary/dictionary-format.ts'
import { joinTokens, sliceTokens } from './join-tokens.ts'
import { createWorkspace, pushSingles, pushToken, type Workspace } from './workspace.ts'

/** Longer texts get buffers of their own, so that one of them does not hold memory for ever. */
const keptLength = 16_384

type CutBlock = (knowledge: Knowledge, text: string, work: Workspace, start: number, end: number) => void

export type JiebaOptions = {
  /** Whether words that the dictionary lacks are looked for with the hidden Markov model, as Python's `HMM`. Default: true. */
  readonly hmm?: boolean
}

/** Ends the single characters that the best path left between two words. */
function pushSingleRun(
  knowledge: Knowledge,
  text: string,
  work: Workspace,
  start: number,
  end: number,
): void {
  if (end - start <= 1 || isWord(knowledge.dictionary, work, start, end)) pushSingles(work, start, end)
  else cutUnknown(knowledge, text, work, start, end)
}

function cutWithModel(knowledge: Knowledge, text: string, work: Workspace, start: number, end: number): void {
  findBestPath(knowledge.dictionary, work, start, end)
  let runStart = start
  for (let at = start; at < end;) {
    const wordEnd = work.wordEnds[at] as number
    if (wordEnd > at + 1) {
      pushSingleRun(knowledge, text, work, runStart, at)
      pushToken(work, wordEnd)
      runStart = wordEnd
    }
    at = wordEnd
  }
  pushSingleRun(knowledge, text, work, runStart, end)
}

function isInBlock(work: Workspace, at: number): boolean {
  return (work.entries[at] as number) >= blockFlag
}

function cutText(knowledge: Knowledge, cutBlock: CutBlock, text: string, work: Workspace): void {
  const { codeOf } = knowledge.dictionary
  for (let at = 0; at < text.length; at++) work.entries[at] = codeOf[text.charCodeAt(at)] as number
  work.tokenCount = 0
  for (let start = 0; start < text.length;) {
    let end = start
    while (end < text.length && isInBlock(work, end)) end++
    if (end > start) cutBlock(knowledge, text, work, start, end)
    else pushToken(work, (end += lengthOutsideBlocks(text, start)))
    start = end
  }
}

/**
 * Opens a compiled dictionary as a tokenizer that gives what Python's `jieba.cut(text, HMM=hmm)` gives, for any text.
 *
 * The bytes are viewed, neither copied nor written to, and may be a mapping that many processes share; they must stay
 * as they are while the tokenizer is used. Time and space are linear in the text.
 * Throws `not_a_dictionary`, `unsupported_version`, `bad_layout`.
 */
export function openJieba(bytes: ArrayBuffer, { hmm = true }: JiebaOptions = {}): Tokenizer {
  const dictionary = viewDictionary(bytes)
  const knowledge: Knowledge = { dictionary, splitWords: readSplitWords(dictionary) }
  const cutBlock = hmm ? cutWithModel : cutKnown
  const kept = createWorkspace(keptLength)
  const findTokens = (text: string): Workspace => {
    const work = text.length <= keptLength ? kept : createWorkspace(text.length)
    cutText(knowledge, cutBlock, text, work)
    return work
  }
  return {
    name: 'jieba',
    tokenize: (text) => joinTokens(text, findTokens(text)),
    cut: (text) => sliceTokens(text, findTokens(text)),
  }
}
