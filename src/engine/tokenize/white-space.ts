/** Exactly the characters that fastText parts tokens at; no other Unicode spaces. */
const WHITE_SPACE = /[\0\t-\r ]+/

/** The pieces of `text` between fastText's white space, none of them empty. */
export function splitAtWhiteSpace(text: string): string[] {
  return text.split(WHITE_SPACE).filter((piece) => piece !== '')
}
