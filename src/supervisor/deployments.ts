import { performance } from 'node:perf_hooks'

import { formatModelVersion, toErrorReport } from '../contracts/index.ts'
import type {
  Config,
  DeployBody,
  DeployEvent,
  GateName,
  GatewayMeasurement,
  HistoryEntry,
  InstanceName,
  Log,
  ModelVersion,
  RollbackBody,
} from '../contracts/index.ts'
import {
  activate,
  appendHistory,
  currentUser,
  noteRollout,
  readPointer,
  removeRolloutNote,
  resolveRollback,
  resolveTarget,
} from '../store/index.ts'
import type { DeployTarget, RolloutNote } from '../store/index.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import { passGates } from './pass-gates.ts'
import type { GateWishes, PassGatesOptions } from './pass-gates.ts'
import { pruneModel } from './prune-model.ts'
import { createRolloutSteps } from './rollout-steps.ts'
import type { RolloutStepsOptions } from './rollout-steps.ts'
import { publishTarget } from './publish-target.ts'
import type { PublishNotes } from './publish-target.ts'
import { runRollout } from './run-rollout.ts'
import type { RolloutRun } from './run-rollout.ts'
import { beginReceipt } from './take-receipt.ts'
import type { ReceiptInProgress } from './take-receipt.ts'

export type DeploymentsOptions = {
  readonly config: () => Config
  readonly storePath: string
  readonly recordFolder: string
  readonly publisherEntry: string
  readonly gatekeeperEntry: string
  readonly log: Log
  readonly busy: OneAtATime
  /** What is served when no rollout is under way. */
  readonly activeVersions: () => Promise<readonly ModelVersion[]>
  /** Throws where a version must not be served. */
  readonly checkVersion: (target: ModelVersion) => Promise<void>
  readonly commandInstance: RolloutStepsOptions['commandInstance']
  readonly restoreInstance: RolloutStepsOptions['restoreInstance']
  readonly workerStatuses: RolloutStepsOptions['workerStatuses']
  readonly commandGateway: RolloutStepsOptions['commandGateway']
  readonly pids: () => readonly number[]
  /** Ends processes that a rollout does not reach. */
  readonly stopRetired: () => Promise<void>
}

export type EmitDeploy = (event: DeployEvent) => void

/** What whoever asks says of a rollout, of a version that is published for it, and of the gates. */
type DeployWishes = PublishNotes & Pick<DeployBody, 'why'> & GateWishes

type Action = Extract<HistoryEntry['action'], 'deploy' | 'rollback'>

/** How long the time after a rollout is looked at for its receipt, at most. */
const longestAfterMs = 1_000
const measureTimeoutMs = 1_000

/** Takes the instances from one version to another, one rollout at a time, and keeps the history of it. */
export class Deployments {
  readonly #options: DeploymentsOptions
  #run: RolloutRun | undefined
  /** Ends the look at the time after the last rollout: the next one begins. */
  #after = new AbortController()
  /** Resolves when the history has the last rollout. */
  #written: Promise<void> = Promise.resolve()

  constructor(options: DeploymentsOptions) {
    this.#options = options
  }

  /** Tells a rollout under way that a process of an instance has ended. */
  died(instance: InstanceName, reason: string): void {
    this.#run?.died({ type: 'died', instance, reason })
  }

  /** Publishes where a file is given, has the version pass the gates, then rolls out. Every outcome, also an error, is the last event. */
  async deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    const { config, storePath } = this.#options
    await this.#carryOut('deploy', body, emit, () => resolveTarget(body, config(), storePath))
  }

  /** Goes back to the previous version, by the same road. */
  async rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    const { config, storePath } = this.#options
    await this.#carryOut('rollback', { ...body, rollback: true }, emit, () =>
      resolveRollback(body, config(), storePath),
    )
  }

  /** A rollout frees the way for the next one before its receipt is whole: a way back must not wait for a measurement. */
  async #carryOut(
    action: Action,
    wishes: DeployWishes,
    emit: EmitDeploy,
    resolve: () => DeployTarget,
  ): Promise<void> {
    const { busy, log } = this.#options
    const begunMs = performance.now()
    let note: RolloutNote | undefined
    let receipt: ReceiptInProgress | undefined
    let outcome: Pick<HistoryEntry, 'outcome' | 'error' | 'overrode'> = { outcome: 'done' }
    let end: DeployEvent | undefined
    try {
      const target = resolve()
      await busy.run(`the ${action} of ${formatModelVersion(target)}`, async () => {
        log('info', `${action === 'deploy' ? 'deploying' : 'going back to'} ${formatModelVersion(target)}`)
        this.#after.abort()
        await this.#written
        this.#after = new AbortController()
        note = this.#describe(action, target, wishes)
        receipt = await this.#beginReceipt()
        const report: EmitDeploy = (event) => {
          receipt?.note(event)
          emit(event)
        }
        await this.#publish(target, wishes, report)
        await this.#options.checkVersion({ model: target.model, version: target.version })
        const overrode = await passGates(target, wishes, this.#gateOptions, report)
        if (overrode.length > 0) outcome = { ...outcome, overrode }
        await this.#rollOut(note, report)
      })
      const { model, version } = target
      const { overrode = [] } = outcome
      log('info', `${formatModelVersion(target)} serves${describeOverride(overrode)}`)
      const durationMs = performance.now() - begunMs
      end = { type: 'end', ok: true, version: { model, version }, durationMs, overrode }
    } catch (error) {
      const report = toErrorReport(error)
      outcome = { ...outcome, outcome: 'failed', error: report }
      log('error', `not deployed: ${report.message}`)
      end = { type: 'end', ok: false, error: report, durationMs: performance.now() - begunMs }
    }
    if (note !== undefined && receipt !== undefined) {
      this.#written = this.#write({ ...note, ...outcome }, receipt, emit)
      await this.#written
    }
    emit(end)
  }

  async #write(entry: HistoryEntry, inProgress: ReceiptInProgress, emit: EmitDeploy): Promise<void> {
    const { storePath, log } = this.#options
    const receipt = await inProgress.finish()
    emit({ type: 'receipt', receipt })
    try {
      appendHistory(storePath, { ...entry, receipt })
      removeRolloutNote(storePath)
    } catch (error) {
      log(
        'error',
        `the history could not be written: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }

  #describe(action: Action, { model, version }: ModelVersion, { by, why }: DeployWishes): RolloutNote {
    const from = readPointer(this.#options.storePath, model)?.active ?? null
    return {
      atMs: Date.now(),
      action,
      model,
      version,
      from,
      by: by ?? currentUser(),
      ...(why === undefined ? {} : { why }),
    }
  }

  get #gateOptions(): PassGatesOptions {
    return { ...this.#options, config: this.#options.config() }
  }

  #beginReceipt(): Promise<ReceiptInProgress> {
    const { config, commandGateway, pids } = this.#options
    return beginReceipt({
      measure: async () => (await commandGateway({ do: 'measure' }, measureTimeoutMs)) as GatewayMeasurement,
      pids,
      afterMs: Math.min(config().rollout.bakeMs, longestAfterMs),
      signal: this.#after.signal,
    })
  }

  async #publish(target: DeployTarget, notes: PublishNotes, emit: EmitDeploy): Promise<void> {
    if (target.file === undefined) return
    const begunMs = performance.now()
    const report = (state: 'done' | 'failed', detail: string): void =>
      emit({ type: 'step', step: 'publish', state, durationMs: performance.now() - begunMs, detail })
    emit({ type: 'step', step: 'publish', state: 'started' })
    try {
      await publishTarget(target, { ...this.#options, config: this.#options.config() }, notes)
      report('done', formatModelVersion(target))
    } catch (error) {
      report('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  async #rollOut(note: RolloutNote, emit: EmitDeploy): Promise<void> {
    const { storePath, stopRetired, activeVersions } = this.#options
    const config = this.#options.config()
    const target: ModelVersion = { model: note.model, version: note.version }
    emit({ type: 'start', from: note.from, to: target })
    if (note.from === target.version) return
    // Not what the pointer says, where that version is damaged.
    const served = await activeVersions()
    const before = served.find(({ model }) => model === target.model)?.version ?? null
    await stopRetired()
    const commit = (version: ModelVersion): void => void activate(storePath, version, Date.now())
    const steps = createRolloutSteps({
      ...this.#options,
      config,
      target,
      before,
      commit,
    })
    noteRollout(storePath, note)
    this.#run = runRollout(steps, emit)
    try {
      await this.#run.finished
      pruneModel(target.model, { ...this.#options, config })
    } finally {
      this.#run = undefined
    }
  }
}

function describeOverride(overrode: readonly GateName[]): string {
  return overrode.length === 0 ? '' : `, by force: ${overrode.join(', ')} overridden`
}
