import { overwriteLine } from './terminal.ts'

const barWidth = 30
const barAfterMs = 1_000

/** A bar on a terminal, for what takes longer than a second; it takes the share of the work that is done, from 0 to 1. `begunMs` is of `performance.now()`. */
export function createBar(begunMs: number): (fraction: number) => void {
  let shown = ''
  return (fraction) => {
    if (!process.stderr.isTTY || performance.now() - begunMs < barAfterMs) return
    const full = Math.round(fraction * barWidth)
    const bar = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${Math.round(fraction * 100)} %`
    if (bar === shown) return
    shown = bar
    overwriteLine('stderr', fraction >= 1 ? '' : bar)
  }
}
