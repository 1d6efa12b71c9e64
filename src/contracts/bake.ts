import type { GateOutcome } from './gates.ts'

/** What is compared while a version is watched on live traffic. */
export type BakeCheckName = 'failures' | 'latency' | 'labels'

/** The result of one comparison. `overridden`: it failed, and `--force` was given; `skipped`: too little was answered, or it does not count. */
export type BakeCheck = {
  readonly check: BakeCheckName
  readonly outcome: GateOutcome
  /** For people: what was found, or why nothing was compared. */
  readonly sentence: string
  /** The same for programs; units are in the names. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** The result of watching a version; `failed` counts answers that are 5xx or did not come. */
export type BakeReport = {
  readonly answered: number
  readonly failed: number
  readonly checks: readonly BakeCheck[]
}

/** What was compared with the version before, or with a golden set, before a version served for good, and what was not. */
export type Comparisons = {
  /** `gate golden`, `bake labels`. */
  readonly compared: readonly string[]
  readonly notCompared: readonly { readonly what: string; readonly why: string }[]
}
