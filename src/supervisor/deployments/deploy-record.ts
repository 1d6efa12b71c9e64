import type { DeployEvent, GatewayMeasurement, HistoryEntry, Log } from '../../contracts/index.ts'
import { defined, toErrorReport, toMessage } from '../../contracts/index.ts'
import type { Findings, ReceiptInProgress, RolloutStepsOptions } from '../../rollout/index.ts'
import { beginReceipt, collectFindings } from '../../rollout/index.ts'
import type { RolloutNote } from '../../store/index.ts'
import { appendHistory, removeRolloutNote } from '../../store/index.ts'
import type { EmitDeploy } from './deploy.ts'

export type DeployRecordOptions = {
  readonly storePath: string
  readonly log: Log
  readonly commandGateway: RolloutStepsOptions['commandGateway']
  readonly pids: () => readonly number[]
  /** How long the time after the deploy is measured for its receipt. */
  readonly afterMs: number
  /** Aborted when the next deploy begins: the time after this one is over. */
  readonly signal: AbortSignal
}

const measureTimeoutMs = 1_000

/** What is kept of a deploy: listens to its events, and becomes its receipt and its line of the history. */
export class DeployRecord {
  readonly #options: DeployRecordOptions
  readonly #receipt: ReceiptInProgress
  readonly #findings = collectFindings()

  private constructor(options: DeployRecordOptions, receipt: ReceiptInProgress) {
    this.#options = options
    this.#receipt = receipt
  }

  /** Begins to measure what the deploy costs the callers. */
  static async begin(options: DeployRecordOptions): Promise<DeployRecord> {
    const { commandGateway } = options
    const receipt = await beginReceipt({
      ...options,
      measure: async () => (await commandGateway({ do: 'measure' }, measureTimeoutMs)) as GatewayMeasurement,
    })
    return new DeployRecord(options, receipt)
  }

  listen(event: DeployEvent): void {
    this.#findings.listen(event)
    this.#receipt.note(event)
  }

  get found(): Findings {
    return this.#findings.found()
  }

  /** The line of the history of a deploy that has just ended, without the receipt. */
  describe(note: RolloutNote, failure: { readonly error: unknown } | undefined): HistoryEntry {
    const { overrode } = this.found
    return {
      ...note,
      ...(failure === undefined
        ? { outcome: 'done' as const }
        : { outcome: 'failed' as const, error: toErrorReport(failure.error) }),
      ...defined({ overrode: overrode.length === 0 ? undefined : overrode }),
    }
  }

  /** Completes the receipt, some time after the deploy, and writes the line. Does not fail. */
  async write(entry: HistoryEntry, emit: EmitDeploy): Promise<void> {
    const { storePath, log } = this.#options
    const receipt = await this.#receipt.finish()
    emit({ type: 'receipt', receipt })
    try {
      appendHistory(storePath, { ...entry, receipt })
      removeRolloutNote(storePath)
    } catch (error) {
      log('error', `the history could not be written: ${toMessage(error)}`)
    }
  }
}
