import type { StackFacts, StackFigures } from '../contracts/index.ts'

/** What is told: the figures of a stack, what its supervisor knows, and the build. */
export type Told = {
  readonly figures: StackFigures
  readonly facts: StackFacts
  readonly build: { readonly version: string; readonly node: string }
}

export type Labels = Readonly<Record<string, string>>

export type Sample = {
  readonly labels: Labels
  readonly value: number
  /** Left out if it is that of the family. */
  readonly metricName?: string
}

/** A metric: its name, what it means, and its values. */
export type Family = {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  /**
   * Without `le` and `quantile`, which the type implies. The primary and the backup are a `role`: Prometheus itself names what it
   * scrapes `instance`.
   */
  readonly labels: readonly string[]
  readonly collect: (told: Told) => readonly Sample[]
}
