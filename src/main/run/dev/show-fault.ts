import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

import type { LocatedError } from '../service/locate-error.ts'

/** A longer line is not written by hand, and would fill the terminal. */
const maxLineLength = 500

/** What is wrong with code, and the lines around it, as an editor's user wants to see it. */
export async function showFault({ reason, place }: LocatedError): Promise<string> {
  if (place === undefined) return `\n✗ ${reason}\n\n`
  const { file, line, column } = place
  const lines = readLines(file)
  const frame =
    (lines[line - 1]?.length ?? Infinity) > maxLineLength
      ? ''
      : `\n${await showLines(lines.join('\n'), line, column)}\n`
  return `\n✗ ${nameFile(file)}:${line}:${column}: ${reason}\n${frame}\n`
}

/** A path as short as it can be from here. */
export function nameFile(path: string): string {
  const fromHere = relative('', path)
  return fromHere.startsWith('..') ? path : fromHere
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)
  } catch {
    return []
  }
}

async function showLines(text: string, line: number, column: number): Promise<string> {
  const { codeFrameColumns } = await import('@babel/code-frame')
  const isTerminal = process.stderr.isTTY
  const frame = codeFrameColumns(text, { start: { line, column } }, { highlightCode: isTerminal })
  return frame.replaceAll('\t', '  ')
}
