import stringWidth from 'string-width'

import { showInCell } from '../output/terminal.ts'

export type Colour = 'red' | 'yellow' | 'green' | 'cyan' | 'dim' | 'bold'

/** A piece of a line; the text may be anybody's. */
export type Span = string | { readonly text: string; readonly colour: Colour }

/** One line of a screen, before it is cut to the width of that. */
export type Line = readonly Span[]

const segmenter = new Intl.Segmenter()
const ellipsis = '…'

/**
 * A line as text of at most `columns` columns, in which characters of East Asia take two. What is cut off is replaced by an ellipsis. Control
 * characters are escaped.
 */
export function fitLine(
  line: Line,
  columns: number,
  paint: (colour: Colour, text: string) => string,
): string {
  const spans = line.map((span) => {
    const { text, colour } = typeof span === 'string' ? { text: span, colour: undefined } : span
    return { text: showInCell(text), colour }
  })
  const isCut = sumOf(spans.map(({ text }) => stringWidth(text))) > columns
  let left = isCut ? columns - stringWidth(ellipsis) : columns
  if (left < 0) return ''
  let shown = ''
  for (const { text, colour } of spans) {
    const part = isCut ? cut(text, left) : text
    left -= stringWidth(part)
    if (part !== '') shown += colour === undefined ? part : paint(colour, part)
    if (part !== text) break
  }
  return isCut ? shown + ellipsis : shown
}

/** As much of the beginning as fits. */
function cut(text: string, columns: number): string {
  let end = 0
  let width = 0
  for (const { segment, index } of segmenter.segment(text)) {
    width += stringWidth(segment)
    if (width > columns) break
    end = index + segment.length
  }
  return text.slice(0, end)
}

/** A text in just so many columns: padded, or cut with an ellipsis. */
export function fitCell(text: string, columns: number): string {
  const shown = fitLine([text], columns, (_colour, part) => part)
  return shown + ' '.repeat(Math.max(0, columns - stringWidth(shown)))
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
