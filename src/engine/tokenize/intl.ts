import { cutInWindows } from './cut-in-windows.ts'
import type { Tokenizer } from './tokenizer.ts'
import { splitAtWhiteSpace } from './white-space.ts'

/** The same everywhere, so that no machine's own locale matters. */
const locale = 'zh'

/**
 * Words by Unicode's rules and the dictionary of ICU, as `Intl.Segmenter` finds them in each piece between fastText's white
 * space; punctuation marks are tokens too. Time is linear in the text. Another version of ICU may cut in other places.
 */
export function createIntlTokenizer(): Tokenizer {
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' })
  function* findEnds(text: string): Generator<number> {
    for (const { index, segment } of segmenter.segment(text)) yield index + segment.length
  }
  function cutPiece(piece: string): string[] {
    let start = 0
    return cutInWindows(piece, findEnds).map((end) => piece.slice(start, (start = end)))
  }
  const cut = (text: string): string[] => splitAtWhiteSpace(text).flatMap(cutPiece)
  return { name: 'intl', tokenize: (text) => cut(text).join(' '), cut }
}
