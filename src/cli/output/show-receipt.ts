import type { Receipt, TrafficFigures } from '../../contracts/index.ts'
import { describeBake } from '../../gates/judge/index.ts'
import { formatSize, formatTable, print, printLine } from './output.ts'

const header = ['', 'accepted', 'answered', 'refused', 'lost', 'p50 ms', 'p99 ms', 'longest gap ms']

/** Prints what a rollout cost the callers that were served during it. */
export function showReceipt({ before, during, after, bake, memoryBytes }: Receipt): void {
  print(
    formatTable([
      header,
      formatFigures('  before', before),
      formatFigures('  during', during),
      formatFigures('  after', after),
    ]),
  )
  if (bake !== undefined) printLine(`  bake ${describeBake(bake)}`)
  printLine(`  memory ${formatSize(memoryBytes.before)} before, ${formatSize(memoryBytes.after)} after`)
}

function formatFigures(when: string, figures: TrafficFigures | null): string[] {
  if (figures === null) return [when, 'the gateway did not answer']
  const { accepted, answered, refused, lost, p50Ms, p99Ms, longestGapMs } = figures
  return [
    when,
    ...[accepted, answered, refused, lost].map((count) => String(count ?? '-')),
    ...[p50Ms, p99Ms, longestGapMs].map((value) => value?.toFixed(1) ?? '-'),
  ]
}
