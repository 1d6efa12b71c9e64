import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

import { until } from '../../harness/until.ts'

const program = fileURLToPath(new URL('python/at_terminal.py', import.meta.url))

/** A command that runs at a real pseudo-terminal. */
export type AtTerminal = {
  /** All that was written to the terminal. */
  readonly written: () => string
  /** The lines of the screen that were drawn last. */
  readonly screen: () => readonly string[]
  readonly press: (keys: string) => void
  readonly resize: (columns: number, rows: number) => void
  readonly signal: (signal: NodeJS.Signals) => void
  /** Ends it as the end of a terminal does, if it has not ended yet. */
  readonly close: () => void
  readonly untilShown: (pattern: RegExp) => Promise<void>
  readonly ended: Promise<{ readonly code: number; readonly restored: boolean }>
}

/** Needs Debian's python3, of which the standard library is used alone. */
export function runAtTerminal(
  [columns, rows]: readonly [number, number],
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): AtTerminal {
  const python = spawn('/usr/bin/python3', [program, String(columns), String(rows), ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'xterm-256color', ...env },
  })
  let written = ''
  let pid = 0
  // What is pressed after the end reaches nobody.
  python.stdin.on('error', () => undefined)
  python.stdout.setEncoding('utf8').on('data', (text: string) => (written += text))
  const ended = new Promise<{ code: number; restored: boolean }>((resolve, reject) => {
    python.once('error', reject)
    createInterface({ input: python.stderr }).on('line', (line) => {
      const said = JSON.parse(line) as { pid?: number; code: number; restored: boolean }
      if (said.pid === undefined) resolve(said)
      else pid = said.pid
    })
  })
  const screen = (): readonly string[] => {
    // The last one that was drawn to its end.
    const frame = written.slice(0, written.lastIndexOf('\u001b[J')).split('\u001b[H').at(-1) ?? ''
    return frame.split(/\r*\n/).map((line) => stripVTControlCharacters(line))
  }
  return {
    written: () => written,
    screen,
    press: (keys) => void python.stdin.write(`keys ${Buffer.from(keys).toString('hex')}\n`),
    resize: (columns, rows) => void python.stdin.write(`size ${columns} ${rows}\n`),
    signal: (signal) => void process.kill(pid, signal),
    close: () => void python.kill('SIGKILL'),
    untilShown: (pattern) =>
      until(`${String(pattern)} is shown`, () => pattern.test(screen().join('\n'))).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}; the screen shows:\n${screen().join('\n')}`)
        },
      ),
    ended,
  }
}
