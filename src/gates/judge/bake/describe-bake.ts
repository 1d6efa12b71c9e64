import type { BakeCheckName } from '../../../contracts/index.ts'

/** The result of a bake in one line: the counts, what was compared, and what was not and why. */
export function describeBake({
  answered,
  failed,
  checks,
}: {
  readonly answered: number
  readonly failed: number
  readonly checks: readonly {
    readonly check: BakeCheckName
    readonly outcome: string
    readonly sentence: string
  }[]
}): string {
  const skipped = checks.filter(({ outcome }) => outcome === 'skipped')
  const reasons = [...new Set(skipped.map(({ sentence }) => sentence))]
  const namesOf = (reason: string): string =>
    skipped
      .filter(({ sentence }) => sentence === reason)
      .map(({ check }) => check)
      .join(', ')
  return [
    `${answered} answers, ${failed} failed`,
    ...checks.flatMap(({ check, outcome, sentence }) => {
      if (outcome === 'overridden' || outcome === 'failed') return [`${outcome}: ${sentence}`]
      return outcome === 'passed' && check !== 'failures' ? [sentence] : []
    }),
    ...reasons.map((reason) =>
      skipped.length === checks.length && reasons.length === 1 ? reason : `${namesOf(reason)} ${reason}`,
    ),
  ].join('; ')
}
