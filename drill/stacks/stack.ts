import type { Address } from '../../harness/load/index.ts'
import type { ModelFile } from '../../harness/models/choose-models.ts'

/** A process that answers requests, and the instance that it belongs to. */
export type Worker = { readonly instance: string; readonly pid: number }

/** A stack whose processes run: what a drill does to either. */
export type Stack = {
  readonly name: 'changeover' | 'course'
  /** The front door. */
  readonly address: Address
  /** How long the front door waits for an instance that hangs; undefined where it sees that sooner, or is not known to see it. */
  readonly answerTimeoutMs: number | undefined
  /** Whether its answers name the version that made them. */
  readonly namesVersions: boolean
  /** The workers that live now. */
  readonly workers: () => Promise<readonly Worker[]>
  /** Waits until every worker serves. Throws after a minute. */
  readonly untilReady: () => Promise<void>
  /** Replaces the model as the stack's users would. Throws where that fails. */
  readonly deploy: (model: ModelFile) => Promise<void>
  readonly stop: () => Promise<void>
}
