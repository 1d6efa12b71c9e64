import type { BakeCheck, Comparisons, GateReport } from '../../contracts/index.ts'

/** The gates that compare what a version answers; the others look at the version itself, and at what it costs. */
const comparingGates: readonly string[] = ['golden', 'agreement']

/** What of a version's answers was compared, by the gates and in the bake, and what was not. */
export function listComparisons(gates: readonly GateReport[], checks: readonly BakeCheck[]): Comparisons {
  const all = [
    ...gates
      .filter(({ gate }) => comparingGates.includes(gate))
      .map(({ gate, ...report }) => ({ what: `gate ${gate}`, ...report })),
    ...checks.map(({ check, ...report }) => ({ what: `bake ${check}`, ...report })),
  ]
  return {
    compared: all.filter(({ outcome }) => outcome !== 'skipped').map(({ what }) => what),
    notCompared: all
      .filter(({ outcome }) => outcome === 'skipped')
      .map(({ what, sentence }) => ({ what, why: sentence.replace(/^not compared: /, '') })),
  }
}

/** Says that nothing of a version's answers could be compared, and why; undefined if something was. */
export function describeUncompared({ compared, notCompared }: Comparisons): string | undefined {
  if (compared.length > 0) return undefined
  const reasons = [...new Set(notCompared.map(({ why }) => why))]
  return `nothing that it answers could be compared: ${reasons.join('; ')}`
}
