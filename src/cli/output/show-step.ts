import type { DeployEvent } from '../../contracts/index.ts'
import { outcomeOf } from '../../contracts/index.ts'
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
  const { text, colour } = markOf(event)
  printLine(
    `  ${colors[colour](text)} ${event.step.padEnd(stepWidth)}${formatDuration(event.durationMs).padStart(9)}${detail}`,
  )
}

/** A sign for how a step ended, and its colour. A check that found nothing to compare is not shown as one that passed. */
export function markOf(step: Extract<DeployEvent, { state: 'done' | 'failed' }>): {
  readonly text: string
  readonly colour: 'red' | 'yellow' | 'green' | 'dim'
} {
  const outcome = step.state === 'failed' ? 'failed' : outcomeOf(step)
  switch (outcome) {
    case 'failed':
      return { text: '✗', colour: 'red' }
    case 'overridden':
      return { text: '!', colour: 'yellow' }
    case 'skipped':
      return { text: '-', colour: 'dim' }
    case 'passed':
    case undefined:
      return { text: '✓', colour: 'green' }
  }
}
