import { once } from 'node:events'
import { isatty } from 'node:tty'

import { showControls, showControlsByLine } from '../../contracts/index.ts'

/*
 * All output of commands goes through here. Labels, notes and file names come from others: on a terminal their control
 * characters are escaped. Output to a file or a pipe is exact, except in tables: a row stays one line, whatever its cells hold.
 */

const ownColour = /(\u001b\[(?:0|1|2|22|3\d|9\d)m)/

/** Text for a terminal, with control characters escaped. */
function showOnTerminal(text: string): string {
  return exceptOwnColours(text, showControlsByLine)
}

/** An untrusted value for a cell of a table: line breaks are escaped, too. */
export function showInCell(value: string): string {
  return exceptOwnColours(value, showControls)
}

function exceptOwnColours(text: string, show: (part: string) => string): string {
  return text
    .split(ownColour)
    .map((part) => (ownColour.test(part) ? part : show(part)))
    .join('')
}

export function print(text: string): void {
  process.stdout.write(isatty(1) ? showOnTerminal(text) : text)
}

export function printLine(text: string): void {
  print(`${text}\n`)
}

/** The same to standard error, for what is not the command's result. */
export function printAside(text: string): void {
  process.stderr.write(isatty(2) ? showOnTerminal(text) : text)
}

/** The same as `print`; waits while the reader is slower, so that memory stays bounded. */
export async function writeText(text: string): Promise<void> {
  if (!process.stdout.write(isatty(1) ? showOnTerminal(text) : text)) await once(process.stdout, 'drain')
}

/** Writes `line` over the line that standard output or error is at; an empty one clears it. For terminals only. */
export function overwriteLine(stream: 'stdout' | 'stderr', line: string): void {
  process[stream].write(line === '' ? '\r\u001b[K' : `\r${showOnTerminal(line)}`)
}
