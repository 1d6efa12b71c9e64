import type { Comparisons, DeployEvent } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { describeUncompared } from '../../gates/judge/index.ts'
import { formatDuration, printLine } from './output.ts'
import { showReceipt } from './show-receipt.ts'
import { showStep } from './show-step.ts'

/** Prints a rollout's steps as they happen, each with its time, and its receipt. Throws the error that it ended with. */
export async function showDeploy(events: AsyncIterable<DeployEvent>): Promise<void> {
  for await (const event of events) {
    switch (event.type) {
      case 'start':
        printLine(`${event.to.model}: ${event.from ?? 'nothing'} → ${event.to.version}`)
        break
      case 'step':
        showStep(event)
        break
      case 'receipt':
        showReceipt(event.receipt)
        break
      case 'end':
        if (!event.ok) throw new ChangeoverError(event.error.code, event.error.message)
        printLine(
          `${event.version.model}@${event.version.version} serves, after ${formatDuration(event.durationMs)}`,
        )
        if (event.overrode !== undefined && event.overrode.length > 0)
          printLine(`by force: ${event.overrode.join(', ')} overridden`)
        showUncompared(event.comparisons)
        return
    }
  }
  throw new ChangeoverError(
    'not_running',
    'the supervisor exited before the end of the rollout; `changeover status` shows what serves now',
  )
}

/** Warns if a version was compared with nothing: no failed check is not a passed one. */
function showUncompared(comparisons: Comparisons | undefined): void {
  const uncompared = comparisons && describeUncompared(comparisons)
  if (uncompared !== undefined) printLine(uncompared)
}
