import type { DeployEvent } from '../../contracts/index.ts'
import { formatDuration } from '../output/output.ts'
import { markOf } from '../output/show-step.ts'
import type { Line } from './line.ts'
import type { WatchedRun } from './watched-stack.ts'

/** `deploy name_question@2 by root`. */
export function nameRun({ action, model, version, by }: WatchedRun): string {
  return `${action} ${model}@${version}${by === undefined ? '' : ` by ${by}`}`
}

/** How a deploy ended; undefined while it is under way. */
export function describeEnd(event: DeployEvent | undefined): Line | undefined {
  if (event?.type !== 'end') return undefined
  const took = formatDuration(event.durationMs)
  if (!event.ok) return [{ text: `failed after ${took}: ${event.error.message}`, colour: 'red' }]
  const overrode =
    event.overrode === undefined || event.overrode.length === 0
      ? ''
      : `, by force; ${event.overrode.join(', ')} overridden`
  return [{ text: `done in ${took}${overrode}`, colour: overrode === '' ? 'green' : 'yellow' }]
}

/** The steps in their order, each as it is now. */
export function describeSteps(events: readonly DeployEvent[]): readonly Line[] {
  const steps = new Map<string, Line>()
  for (const event of events) {
    if (event.type !== 'step') continue
    steps.delete(event.step)
    steps.set(event.step, describeStep(event))
  }
  return [...steps.values()]
}

export function describeStep(event: Extract<DeployEvent, { type: 'step' }>): Line {
  if (event.state === 'started') return [{ text: '… ', colour: 'cyan' }, event.step]
  const { text, colour } = markOf(event)
  return [
    { text: `${text} `, colour },
    `${event.step}  ${formatDuration(event.durationMs)}`,
    ...(event.detail === undefined ? [] : [{ text: `  ${event.detail}`, colour: 'dim' as const }]),
  ]
}
