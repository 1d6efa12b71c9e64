/** Exactly the characters that fastText parts tokens at; no other Unicode spaces. */
const whiteSpacePattern = /[\0\t-\r ]+/

/** The pieces of `text` between fastText's white space, none of them empty. */
export function splitAtWhiteSpace(text: string): string[] {
  return text.split(whiteSpacePattern).filter((piece) => piece !== '')
}
