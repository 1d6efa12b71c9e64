import { findBestPath } from './best-path.ts'
import type { Knowledge } from './cut-unknown.ts'
import { isLatinOrDigit } from './dictionary/alphabet.ts'
import { pushToken, type Workspace } from './workspace.ts'

/** Cuts a block into known words and single characters, without the model for unknown words; Latin letters and digits in a row stay together. */
export function cutKnown(
  { dictionary }: Knowledge,
  text: string,
  work: Workspace,
  start: number,
  end: number,
): void {
  findBestPath(dictionary, work, start, end)
  let isJoining = false
  for (let at = start; at < end;) {
    const wordEnd = work.wordEnds[at] as number
    const isSingle = wordEnd === at + 1 && isLatinOrDigit(text.charCodeAt(at))
    if (isSingle && isJoining) work.tokenCount--
    pushToken(work, wordEnd)
    isJoining = isSingle
    at = wordEnd
  }
}
