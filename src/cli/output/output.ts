import { isatty } from 'node:tty'

import pc from 'picocolors'

import { showControlsByLine } from '../../contracts/index.ts'
import type { Manifest } from '../../store/index.ts'

export { formatSize } from '../../gates/judge/index.ts'

/** Columns as wide as their widest cell; characters of East Asia take two columns of a terminal. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columnCount = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columnCount }, (_, column) =>
    Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))),
  )
  const formatRow = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell)))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${formatRow(row)}\n`).join('')
}

export function formatDuration(durationMs: number): string {
  if (durationMs >= 1_000) return `${(durationMs / 1_000).toFixed(2)} s`
  return `${durationMs.toFixed(durationMs < 10 ? 1 : 0)} ms`
}

/** `jieba`, or `jieba with words.txt`. */
export function formatTokenizer({
  tokenizer,
  userDictionaries = [],
}: Pick<Manifest, 'tokenizer' | 'userDictionaries'>): string {
  const names = userDictionaries.map(({ fileName }) => fileName)
  return names.length === 0 ? tokenizer : `${tokenizer} with ${names.join(', ')}`
}

export function formatTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Labels and the names of files are whatever somebody has written: on a terminal nothing of them but our own colours acts. */
export const print = (text: string): void =>
  void process.stdout.write(isatty(1) ? showOnTerminal(text) : text)

const ownColour = /(\u001b\[(?:0|1|2|22|3\d|9\d)m)/

function showOnTerminal(text: string): string {
  return text
    .split(ownColour)
    .map((part) => (ownColour.test(part) ? part : showControlsByLine(part)))
    .join('')
}

export const printLine = (text: string): void => print(`${text}\n`)

/** Colours on a terminal only: the library also turns them on where CI is set, and then programs that read the output stumble over them. */
export const colors = pc.createColors(isatty(1) && pc.isColorSupported)

function displayWidth(text: string): number {
  let width = 0
  for (const character of text.replace(/\u001b\[\d+m/g, ''))
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1
  return width
}
