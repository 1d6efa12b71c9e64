import { colors } from '../output/output.ts'
import type { Colour } from './line.ts'

const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const toTop = '\u001b[H'
const clearLine = '\u001b[K'
const clearBelow = '\u001b[J'

const usualSize = { columns: 80, rows: 24 }

/** The whole window of a terminal, until it is closed. */
export type TerminalScreen = {
  readonly size: () => { readonly columns: number; readonly rows: number }
  readonly paint: (colour: Colour, text: string) => string
  /** Shows these lines, and nothing else. Leaves it if the terminal has not taken what was shown before. */
  readonly show: (lines: readonly string[]) => void
  /** The terminal is again as it was before. */
  readonly close: () => void
}

export type ScreenListeners = {
  /** A key was pressed: what it sends. */
  readonly onKey: (key: string) => void
  /** What is shown must be drawn again: the size has changed, or the process was stopped and goes on. */
  readonly onRedraw: () => void
}

/** Takes the window; what stood there before comes back when it is closed, also if the process ends otherwise. */
export function openScreen({ onKey, onRedraw }: ScreenListeners): TerminalScreen {
  const { stdin, stdout } = process
  const takeKeys = (): void => {
    if (stdin.isTTY) stdin.setRawMode(true)
  }
  const begin = (): void => {
    takeKeys()
    stdout.write(enter)
  }
  const restore = (): void => {
    stdout.write(leave)
    if (stdin.isTTY) stdin.setRawMode(false)
  }
  const resume = (): void => {
    begin()
    onRedraw()
  }
  const hear = (data: Buffer): void => onKey(data.toString('latin1'))
  begin()
  process.on('exit', restore)
  process.on('SIGCONT', resume)
  stdout.on('resize', onRedraw)
  if (stdin.isTTY) stdin.on('data', hear)
  return {
    size: () => ({ columns: stdout.columns || usualSize.columns, rows: stdout.rows || usualSize.rows }),
    paint: (colour, text) => colors[colour](text),
    show: (lines) => {
      if (stdout.writableNeedDrain) return
      const text = lines.map((line) => `${line}${clearLine}`).join('\r\n')
      stdout.write(`${toTop}${text}${clearBelow}`)
    },
    close: () => {
      process.off('exit', restore)
      process.off('SIGCONT', resume)
      stdout.off('resize', onRedraw)
      stdin.off('data', hear).pause()
      restore()
    },
  }
}
