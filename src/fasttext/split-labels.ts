/** Labels at the beginning of a line, with the white space after them, as fastText reads them in training files. */
const LABELS = /^[\0\t-\r ]*(?:__label__[^\0\t-\r ]*(?:[\0\t-\r ]+|$))+/

/** Parts a line of a training file in the labels at its beginning, with the white space around them, and its text. */
export function splitLabels(line: string): { readonly labels: string; readonly text: string } {
  const labels = LABELS.exec(line)?.[0] ?? ''
  return { labels, text: line.slice(labels.length) }
}
