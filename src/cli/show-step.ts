import type { DeployEvent } from '../contracts/index.ts'
import { colors, formatDuration, print, printLine } from './output.ts'

const stepWidth = 24

/** Prints a step when it has ended; on a terminal also while it is under way. */
export function showStep(event: Extract<DeployEvent, { type: 'step' }>): void {
  const live = process.stdout.isTTY
  if (event.state === 'started') {
    if (live) print(`  … ${event.step}`)
    return
  }
  const mark = event.state === 'done' ? colors.green('✓') : colors.red('✗')
  const detail = event.detail === undefined ? '' : `   ${event.detail}`
  print(live ? '\r\u001b[K' : '')
  printLine(
    `  ${mark} ${event.step.padEnd(stepWidth)}${formatDuration(event.durationMs).padStart(9)}${detail}`,
  )
}
