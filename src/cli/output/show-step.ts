import type { DeployEvent } from '../../contracts/index.ts'
import { colors, formatDuration, print, printLine } from './output.ts'
import { overwriteLine } from './terminal.ts'

const stepWidth = 24

/** Prints a step when it has ended; on a terminal also while it is in progress. */
export function showStep(event: Extract<DeployEvent, { type: 'step' }>): void {
  const live = process.stdout.isTTY
  if (event.state === 'started') {
    if (live) print(`  … ${event.step}`)
    return
  }
  const detail = event.detail === undefined ? '' : `   ${event.detail}`
  if (live) overwriteLine('stdout', '')
  printLine(
    `  ${markOf(event)} ${event.step.padEnd(stepWidth)}${formatDuration(event.durationMs).padStart(9)}${detail}`,
  )
}

function markOf({ state, gate, bake }: Extract<DeployEvent, { state: 'done' | 'failed' }>): string {
  if (state === 'failed') return colors.red('✗')
  const outcomes = [...(gate === undefined ? [] : [gate]), ...(bake?.checks ?? [])].map(
    ({ outcome }) => outcome,
  )
  if (outcomes.includes('overridden')) return colors.yellow('!')
  return outcomes.length > 0 && outcomes.every((outcome) => outcome === 'skipped') ? '-' : colors.green('✓')
}
