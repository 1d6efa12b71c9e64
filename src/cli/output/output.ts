import { isatty } from 'node:tty'

import pc from 'picocolors'
import stringWidth from 'string-width'

import type { Manifest } from '../../store/index.ts'
import { showInCell } from './terminal.ts'

export { formatSize } from '../../gates/judge/index.ts'
export { print, printLine } from './terminal.ts'

/**
 * Columns as wide as their widest cell; characters of East Asia take two columns of a terminal. A row is one line, whatever is in
 * its cells.
 */
export function formatTable(table: readonly (readonly string[])[]): string {
  const rows = table.map((row) => row.map(showInCell))
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell))))
  const formatRow = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell)))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${formatRow(row)}\n`).join('')
}

export function formatDuration(durationMs: number): string {
  if (durationMs >= 1_000) return `${(durationMs / 1_000).toFixed(2)} s`
  return `${durationMs.toFixed(durationMs < 10 ? 1 : 0)} ms`
}

/** `jieba`, or `jieba on dict.txt with words.txt, HMM off, without the words of stop.txt`. */
export function formatTokenizer({
  tokenizer,
  mainDictionary,
  userDictionaries = [],
  hmm,
  stopWords = [],
}: Pick<Manifest, 'tokenizer' | 'mainDictionary' | 'userDictionaries' | 'hmm' | 'stopWords'>): string {
  const list = (files: readonly { readonly fileName: string }[]): string =>
    files.map(({ fileName }) => fileName).join(', ')
  return [
    tokenizer,
    mainDictionary === undefined ? '' : ` on ${mainDictionary.fileName}`,
    userDictionaries.length === 0 ? '' : ` with ${list(userDictionaries)}`,
    hmm === undefined ? '' : ', HMM off',
    stopWords.length === 0 ? '' : `, without the words of ${list(stopWords)}`,
  ].join('')
}

export function formatTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Colours on a terminal only: the library also turns them on if CI is set, which breaks programs that read the output. */
export const colors = pc.createColors(isatty(1) && pc.isColorSupported)
