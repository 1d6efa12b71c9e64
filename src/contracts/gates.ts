import type { ModelGates, SelfTestCase } from '../config/schema/index.ts'
import type { ModelVersion } from './model-version.ts'

/** What a version has to pass before it may serve, in this order. */
export const gateNames = ['whole', 'contract', 'golden', 'agreement', 'cost'] as const
export type GateName = (typeof gateNames)[number]

/** What `--force` overrides: any gate but `whole`, and what is found while the version is watched. */
export type Overridable = GateName | 'bake'

/** What a new version may change only if the deploy allows it. */
export const contractChanges = ['label-set', 'label-language', 'tokenizer'] as const
export type ContractChange = (typeof contractChanges)[number]

/** The result of one gate. `overridden`: it failed, and `--force` was given; `skipped`: there was nothing to compare with. */
export type GateOutcome = 'passed' | 'failed' | 'overridden' | 'skipped'

export type GateReport = {
  readonly gate: GateName
  readonly outcome: GateOutcome
  /** For people: what was found, with the figures that decide. */
  readonly sentence: string
  /** The same for programs; units are in the names. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** How a gatekeeper is started: a subprocess that tries a version and may crash. */
export type GatekeeperStart = {
  readonly target: ModelVersion
  /** The version to compare with; null if none serves. */
  readonly active: string | null
  /** Versions whose memory stays in use while the new one is loaded beside them. */
  readonly loaded: readonly ModelVersion[]
  readonly storePath: string
  /** If there are any, a version that none of these keys has signed is not loaded. */
  readonly trustedKeys: readonly string[]
  readonly recordFolder: string
  /** The processes that will load the version. */
  readonly loadingProcesses: number
  /** The gates to pass: all, or `whole` alone for a rollback. */
  readonly wholeOnly: boolean
  readonly force: boolean
  readonly allow: readonly ContractChange[]
  readonly gates: ModelGates
  readonly selfTest: readonly SelfTestCase[]
}

/** What a gatekeeper sends, `ended` last; one that exits without it has crashed. */
export type GatekeeperMessage =
  | { readonly type: 'started'; readonly gate: GateName }
  | { readonly type: 'report'; readonly report: GateReport }
  | { readonly type: 'ended' }
