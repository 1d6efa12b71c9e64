/** Whether a token of a line is a label. */
export type LabelTest = (token: string) => boolean

const defaultPrefix = '__label__'
const ownPrefixPattern = /^__[^_\0\t-\r ]+__/

/** Tokens are parted as fastText parts them. */
const tokenPattern = /[^\0\t-\r ]+/g
const spacePattern = /[\0\t-\r ]/

/**
 * Labels are tokens that begin with `prefix`, `__label__` unless given, those of a model, and those that begin as all labels of
 * the model do (`__class__`).
 */
export function createLabelTest(labels: readonly string[], prefix = defaultPrefix): LabelTest {
  const known = new Set(labels)
  const own = ownPrefixPattern.exec(labels[0] ?? '')?.[0] ?? prefix
  const ownPrefix = labels.every((label) => label.startsWith(own)) ? own : prefix
  return (token) => token.startsWith(prefix) || token.startsWith(ownPrefix) || known.has(token)
}

/** A piece of a line: labels that follow each other, with the white space around them, or text. */
export type LinePiece = { readonly areLabels: boolean; readonly text: string }

/** Parts a line of a training file in its labels, wherever they stand, and its text; together they are the line. */
export function partLine(line: string, isLabel: LabelTest): LinePiece[] {
  const pieces: LinePiece[] = []
  let textStart = 0
  let labelsStart = -1
  let labelsEnd = 0
  const endLabels = (): void => {
    if (labelsStart < 0) return
    while (spacePattern.test(line.charAt(labelsEnd))) labelsEnd++
    if (labelsStart > textStart) pieces.push({ areLabels: false, text: line.slice(textStart, labelsStart) })
    pieces.push({ areLabels: true, text: line.slice(labelsStart, labelsEnd) })
    textStart = labelsEnd
    labelsStart = -1
  }
  for (const { 0: token, index } of line.matchAll(tokenPattern)) {
    if (!isLabel(token)) {
      endLabels()
      continue
    }
    if (labelsStart < 0) {
      labelsStart = index
      while (labelsStart > textStart && spacePattern.test(line.charAt(labelsStart - 1))) labelsStart--
    }
    labelsEnd = index + token.length
  }
  endLabels()
  if (textStart < line.length) pieces.push({ areLabels: false, text: line.slice(textStart) })
  return pieces
}

/** The labels of a line, wherever they stand, and its text without them. */
export function splitLabels(
  line: string,
  isLabel: LabelTest,
): { readonly labels: readonly string[]; readonly text: string } {
  const pieces = partLine(line, isLabel)
  const labels = pieces
    .filter(({ areLabels }) => areLabels)
    .flatMap(({ text }) => text.match(tokenPattern) ?? [])
  const texts = pieces.filter(({ areLabels }) => !areLabels).map(({ text }) => text)
  return { labels, text: texts.join(' ') }
}
