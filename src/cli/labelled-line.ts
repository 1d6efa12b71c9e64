/** Labels at the beginning of a line, with the white space after them, as fastText reads them in training files. */
const LABELS = /^[\0\t-\r ]*(?:__label__[^\0\t-\r ]*(?:[\0\t-\r ]+|$))+/

/** Turns the text of a line into tokens; labels at its beginning stay as they are. */
export function tokenizeLine(line: string, tokenize: (text: string) => string): string {
  const labels = LABELS.exec(line)?.[0] ?? ''
  return labels + tokenize(line.slice(labels.length))
}
