import { performance } from 'node:perf_hooks'

import { ChangeoverError, formatModelVersion, toErrorReport } from '../contracts/index.ts'
import type {
  Config,
  DeployBody,
  DeployEvent,
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
  chooseModel,
  noteRollout,
  readPointer,
  removeRolloutNote,
  resolveTarget,
} from '../store/index.ts'
import type { DeployTarget, RolloutNote } from '../store/index.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import { createRolloutSteps } from './rollout-steps.ts'
import type { RolloutStepsOptions } from './rollout-steps.ts'
import { publishTarget } from './publish-target.ts'
import { runRollout } from './run-rollout.ts'
import type { RolloutRun } from './run-rollout.ts'
import { beginReceipt } from './take-receipt.ts'
import type { ReceiptInProgress } from './take-receipt.ts'

export type DeploymentsOptions = {
  readonly config: () => Config
  readonly storePath: string
  readonly publisherEntry: string
  readonly log: Log
  /** The user of the machine that the stack runs as. */
  readonly user: string
  readonly busy: OneAtATime
  readonly commandInstance: RolloutStepsOptions['commandInstance']
  readonly restoreInstance: RolloutStepsOptions['restoreInstance']
  readonly commandGateway: RolloutStepsOptions['commandGateway']
  readonly pids: () => readonly number[]
  /** Ends processes that a rollout does not reach. */
  readonly stopRetired: () => Promise<void>
}

export type EmitDeploy = (event: DeployEvent) => void

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

  /** Publishes where a file is given, then rolls out. Every outcome, also an error, is the last event. */
  async deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    await this.#carryOut('deploy', emit, () => {
      const { config, storePath } = this.#options
      return resolveTarget(body, config(), storePath)
    })
  }

  /** Goes back to the previous version, by the same road. */
  async rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    await this.#carryOut('rollback', emit, () => this.#previous(body))
  }

  /** A rollout frees the way for the next one before its receipt is whole: a way back must not wait for a measurement. */
  async #carryOut(action: Action, emit: EmitDeploy, resolve: () => DeployTarget): Promise<void> {
    const { busy, log } = this.#options
    const begunMs = performance.now()
    let note: RolloutNote | undefined
    let receipt: ReceiptInProgress | undefined
    let outcome: Pick<HistoryEntry, 'outcome' | 'error'> = { outcome: 'done' }
    let end: DeployEvent | undefined
    try {
      const target = resolve()
      await busy.run(`the ${action} of ${formatModelVersion(target)}`, async () => {
        log('info', `${action === 'deploy' ? 'deploying' : 'going back to'} ${formatModelVersion(target)}`)
        this.#after.abort()
        await this.#written
        this.#after = new AbortController()
        note = this.#describe(action, target)
        receipt = await this.#beginReceipt()
        const report: EmitDeploy = (event) => {
          receipt?.note(event)
          emit(event)
        }
        await this.#publish(target, report)
        await this.#rollOut(note, report)
      })
      const { model, version } = target
      log('info', `${formatModelVersion(target)} serves`)
      end = { type: 'end', ok: true, version: { model, version }, durationMs: performance.now() - begunMs }
    } catch (error) {
      const report = toErrorReport(error)
      outcome = { outcome: 'failed', error: report }
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

  #describe(action: Action, { model, version }: ModelVersion): RolloutNote {
    const from = readPointer(this.#options.storePath, model)?.active ?? null
    return { atMs: Date.now(), action, model, version, from, by: this.#options.user }
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

  async #publish(target: DeployTarget, emit: EmitDeploy): Promise<void> {
    if (target.file === undefined) return
    const begunMs = performance.now()
    const report = (state: 'done' | 'failed', detail: string): void =>
      emit({ type: 'step', step: 'publish', state, durationMs: performance.now() - begunMs, detail })
    emit({ type: 'step', step: 'publish', state: 'started' })
    try {
      await publishTarget(target, { ...this.#options, config: this.#options.config() })
      report('done', formatModelVersion(target))
    } catch (error) {
      report('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  async #rollOut(note: RolloutNote, emit: EmitDeploy): Promise<void> {
    const { storePath, stopRetired } = this.#options
    const target: ModelVersion = { model: note.model, version: note.version }
    emit({ type: 'start', from: note.from, to: target })
    if (note.from === target.version) return
    await stopRetired()
    const commit = (version: ModelVersion): void => void activate(storePath, version, Date.now())
    const steps = createRolloutSteps({
      ...this.#options,
      config: this.#options.config(),
      target,
      before: note.from,
      commit,
    })
    noteRollout(storePath, note)
    this.#run = runRollout(steps, emit)
    try {
      await this.#run.finished
    } finally {
      this.#run = undefined
    }
  }

  #previous(body: RollbackBody): DeployTarget {
    const { config, storePath } = this.#options
    const model = chooseModel(body.model, config())
    const previous = readPointer(storePath, model)?.previous ?? undefined
    if (previous !== undefined) return { model, version: previous, file: undefined }
    throw new ChangeoverError(
      'no_previous_version',
      `${model} has served one version only: there is none to go back to; deploy the one you want by name`,
    )
  }
}
