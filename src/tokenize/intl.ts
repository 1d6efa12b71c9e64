import type { Tokenizer } from './tokenizer.ts'
import { splitAtWhiteSpace } from './white-space.ts'

/** The same everywhere, so that no machine's own locale matters. */
const LOCALE = 'zh'

/**
 * Words by Unicode's rules and the dictionary of ICU, as `Intl.Segmenter` finds them in each piece between fastText's white
 * space; punctuation marks are tokens too. Another version of ICU may cut in other places.
 */
export function createIntlTokenizer(): Tokenizer {
  const segmenter = new Intl.Segmenter(LOCALE, { granularity: 'word' })
  const cut = (piece: string): string[] => Array.from(segmenter.segment(piece), ({ segment }) => segment)
  return { name: 'intl', tokenize: (text) => splitAtWhiteSpace(text).flatMap(cut).join(' ') }
}
