import { ChangeoverError } from '../contracts/index.ts'
import type { DeployEvent } from '../contracts/index.ts'
import { colors, formatDuration, print, printLine } from './output.ts'

const stepWidth = 18

/** Prints a rollout's steps as they happen, each with its time. Throws the error that it ended with. */
export async function showDeploy(events: AsyncIterable<DeployEvent>): Promise<void> {
  const live = process.stdout.isTTY
  for await (const event of events) {
    switch (event.type) {
      case 'start':
        printLine(`${event.to.model}: ${event.from ?? 'nothing'} → ${event.to.version}`)
        break
      case 'step':
        if (event.state === 'started') {
          if (live) print(`  … ${event.step}`)
          break
        }
        print(live ? '\r\u001b[K' : '')
        printLine(
          `  ${markOf(event)} ${event.step.padEnd(stepWidth)}` +
            `${formatDuration(event.durationMs).padStart(9)}${event.detail === undefined ? '' : `   ${event.detail}`}`,
        )
        break
      case 'end':
        if (!event.ok) throw new ChangeoverError(event.error.code, event.error.message)
        printLine(
          `${event.version.model}@${event.version.version} serves, after ${formatDuration(event.durationMs)}`,
        )
        if (event.overrode !== undefined && event.overrode.length > 0)
          printLine(`by force: ${event.overrode.join(', ')} overridden`)
        return
    }
  }
  throw new ChangeoverError(
    'not_running',
    'the supervisor ended before the rollout did; `changeover status` shows what serves now',
  )
}

function markOf({ state, gate }: Extract<DeployEvent, { state: 'done' | 'failed' }>): string {
  if (state === 'failed') return colors.red('✗')
  if (gate?.outcome === 'overridden') return colors.yellow('!')
  return gate?.outcome === 'skipped' ? '-' : colors.green('✓')
}
