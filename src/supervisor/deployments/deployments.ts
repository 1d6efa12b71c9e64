import { performance } from 'node:perf_hooks'

import type { Config } from '../../config/schema/index.ts'
import type {
  DeployBody,
  DeployEvent,
  GatewayMeasurement,
  HistoryEntry,
  InstanceName,
  Log,
  ModelVersion,
  Overridable,
  RollbackBody,
} from '../../contracts/index.ts'
import { defined, formatModelVersion, toErrorReport, toMessage } from '../../contracts/index.ts'
import { describeUncompared, listComparisons } from '../../gates/judge/index.ts'
import type { ObservedSteps } from '../../rollout/index.ts'
import type { RolloutStepsOptions } from '../../rollout/index.ts'
import type { RolloutRun } from '../../rollout/index.ts'
import type { ReceiptInProgress } from '../../rollout/index.ts'
import { observeSteps, observeWaiting } from '../../rollout/index.ts'
import { createRolloutSteps } from '../../rollout/index.ts'
import { runRollout } from '../../rollout/index.ts'
import { beginReceipt } from '../../rollout/index.ts'
import type { DeployTarget, RolloutNote } from '../../store/index.ts'
import {
  activate,
  appendHistory,
  chooseModel,
  currentUser,
  noteRollout,
  readPointer,
  removeRolloutNote,
  resolveRollback,
  resolveTarget,
} from '../../store/index.ts'
import type { Mutex } from '../mutex.ts'
import { abortedBy, unlessAborted } from '../preemption.ts'
import type { GateWishes } from './pass-gates.ts'
import { isWayBack, passGates } from './pass-gates.ts'
import { pruneModel } from './prune-model.ts'
import type { PublishNotes } from './publish-target.ts'
import { publishTarget } from './publish-target.ts'

export type DeploymentsOptions = {
  readonly config: () => Config
  readonly storePath: string
  readonly recordFolder: string
  readonly publisherEntry: string
  readonly gatekeeperEntry: string
  readonly log: Log
  readonly busy: Mutex
  /** What is served when no rollout is under way. */
  readonly activeVersions: () => Promise<readonly ModelVersion[]>
  /** Throws where a version must not be served. */
  readonly checkVersion: (target: ModelVersion) => Promise<void>
  readonly commandInstance: RolloutStepsOptions['commandInstance']
  readonly restoreInstance: RolloutStepsOptions['restoreInstance']
  readonly labelTallies: RolloutStepsOptions['labelTallies']
  readonly commandGateway: RolloutStepsOptions['commandGateway']
  readonly pids: () => readonly number[]
  /** Ends processes that a rollout does not reach. */
  readonly stopRetired: () => Promise<void>
}

export type EmitDeploy = (event: DeployEvent) => void

/** What whoever asks says of a rollout, of a version that is published for it, and of the gates. */
type DeployWishes = PublishNotes & Pick<DeployBody, 'why'> & GateWishes

type Action = Extract<HistoryEntry['action'], 'deploy' | 'rollback'>

type Outcome = Pick<HistoryEntry, 'outcome' | 'error'>

/** A deploy or a rollback whose turn it is. */
type Attempt = {
  readonly target: DeployTarget
  readonly wishes: DeployWishes
  readonly note: RolloutNote
  readonly preempted: AbortSignal
}

/** A rollout that touches instances; `before` is what they go back to where it is undone. */
type Rollout = { readonly note: RolloutNote; readonly before: string | null; readonly run: RolloutRun }

/** How long the time after a rollout is looked at for its receipt, at most. */
const longestAfterMs = 1_000
const measureTimeoutMs = 1_000

/** Takes the instances from one version to another, one rollout at a time, and keeps the history of it. */
export class Deployments {
  readonly #options: DeploymentsOptions
  #rollout: Rollout | undefined
  /** Ends the look at the time after the last rollout: the next one begins. */
  #after = new AbortController()
  /** Resolves when the history has the last rollout. */
  #written: Promise<void> = Promise.resolve()

  constructor(options: DeploymentsOptions) {
    this.#options = options
  }

  /** Tells a rollout under way that a process of an instance has ended. */
  died(instance: InstanceName, reason: string): void {
    this.#rollout?.run.died(instance, reason)
  }

  /** Publishes where a file is given, has the version pass the gates, then rolls out. Every outcome, also an error, is the last event. */
  async deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    const { config, storePath } = this.#options
    await this.#carryOut('deploy', body, emit, () => resolveTarget(body, config(), storePath))
  }

  /**
   * Goes back to the previous version, by the same road. It goes first: a deploy under way is ended, another way back is
   * hurried, and what cannot be ended is waited for.
   */
  async rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    await this.#carryOut('rollback', { ...body, rollback: true }, emit, () => this.#resolveRollback(body))
  }

  /** While a deploy of the model answers callers already, the way back leads to what served before it, whether it is committed by now or not. */
  #resolveRollback(body: RollbackBody): DeployTarget {
    const { config, storePath } = this.#options
    const model = chooseModel(body.model, config())
    const isNamed = body.to !== undefined || body.beforeMs !== undefined
    const { note, before, run } = this.#rollout ?? {}
    const version = note?.action === 'deploy' && note.model === model && run?.hasServed() ? before : undefined
    if (isNamed || version === undefined || version === null)
      return resolveRollback(body, config(), storePath)
    return { model, version, file: undefined }
  }

  async #carryOut(
    action: Action,
    wishes: DeployWishes,
    emit: EmitDeploy,
    resolve: () => DeployTarget,
  ): Promise<void> {
    const { busy, log } = this.#options
    const begunMs = performance.now()
    const waiting = observeWaiting(emit)
    let end: DeployEvent | undefined
    let written: Promise<void> | undefined
    const work = async (target: DeployTarget, preempted: AbortSignal): Promise<void> => {
      waiting.end()
      log('info', `${action === 'deploy' ? 'deploying' : 'going back to'} ${formatModelVersion(target)}`)
      this.#after.abort()
      await this.#written
      this.#after = new AbortController()
      const note = this.#describe(action, target, wishes)
      const receipt = await this.#beginReceipt()
      const steps = observeSteps(receipt.note, emit)
      const outcome = await this.#attempt({ target, wishes, note, preempted }, steps).then(
        (): Outcome => ({ outcome: 'done' }),
        (error: unknown): Outcome => ({ outcome: 'failed', error: toErrorReport(error) }),
      )
      const { overrode } = steps.found()
      const entry = { ...note, ...outcome, ...(overrode.length === 0 ? {} : { overrode }) }
      // A way back must not wait for a measurement: the next one may begin, and writes after this one.
      this.#written = written = this.#write(entry, receipt, emit)
      end = this.#end(entry, steps, performance.now() - begunMs)
    }
    try {
      const target = resolve()
      await busy.tryRun(
        `the ${action} of ${formatModelVersion(target)}`,
        (preempted) => work(target, preempted),
        {
          isFirst: action === 'rollback',
          onWait: waiting.begin,
        },
      )
    } catch (error) {
      const report = toErrorReport(error)
      log('error', `deploy failed: ${report.message}`)
      end = { type: 'end', ok: false, error: report, durationMs: performance.now() - begunMs }
    }
    await written
    if (end !== undefined) emit(end)
  }

  /** Only the last part touches instances; what comes before it is ended at once where something goes first. */
  async #attempt({ target, wishes, note, preempted }: Attempt, { report }: ObservedSteps): Promise<void> {
    const config = this.#options.config()
    const { action } = note
    const signal =
      action === 'deploy'
        ? abortedBy(preempted, `the deploy of ${formatModelVersion(target)}`)
        : new AbortController().signal
    await this.#publish(target, wishes, report, signal)
    await unlessAborted(this.#options.checkVersion({ model: target.model, version: target.version }), signal)
    await passGates(target, wishes, { ...this.#options, config, signal }, report)
    signal.throwIfAborted()
    await this.#rollOut({ target, wishes, note, preempted }, report)
  }

  /** The last event, which the log has too. */
  #end(entry: HistoryEntry, { found }: ObservedSteps, durationMs: number): DeployEvent {
    const { log } = this.#options
    const { action, model, version, from, error, overrode = [] } = entry
    if (error !== undefined) {
      log('error', `deploy failed: ${error.message}`)
      return { type: 'end', ok: false, error, durationMs }
    }
    const { gates, bake } = found()
    const isCompared = action === 'deploy' && from !== version && bake !== undefined
    const comparisons = isCompared ? listComparisons(gates, bake.checks) : undefined
    const uncompared = comparisons && describeUncompared(comparisons)
    log(
      uncompared === undefined ? 'info' : 'warning',
      `${formatModelVersion(entry)} serves${describeOverride(overrode)}${uncompared === undefined ? '' : `; ${uncompared}`}`,
    )
    return {
      type: 'end',
      ok: true,
      version: { model, version },
      durationMs,
      overrode,
      ...defined({ comparisons }),
    }
  }

  async #write(entry: HistoryEntry, inProgress: ReceiptInProgress, emit: EmitDeploy): Promise<void> {
    const { storePath, log } = this.#options
    const receipt = await inProgress.finish()
    emit({ type: 'receipt', receipt })
    try {
      appendHistory(storePath, { ...entry, receipt })
      removeRolloutNote(storePath)
    } catch (error) {
      log('error', `the history could not be written: ${toMessage(error)}`)
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
      ...defined({ why }),
    }
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

  async #publish(
    target: DeployTarget,
    notes: PublishNotes,
    emit: EmitDeploy,
    signal: AbortSignal,
  ): Promise<void> {
    if (target.file === undefined) return
    const begunMs = performance.now()
    const report = (state: 'done' | 'failed', detail: string): void =>
      emit({ type: 'step', step: 'publish', state, durationMs: performance.now() - begunMs, detail })
    emit({ type: 'step', step: 'publish', state: 'started' })
    try {
      await publishTarget(target, { ...this.#options, config: this.#options.config(), signal }, notes)
      report('done', formatModelVersion(target))
    } catch (error) {
      report('failed', toMessage(error))
      throw error
    }
  }

  async #rollOut({ wishes, note, preempted }: Attempt, emit: EmitDeploy): Promise<void> {
    const { storePath, stopRetired, activeVersions } = this.#options
    const config = this.#options.config()
    const target: ModelVersion = { model: note.model, version: note.version }
    const isRollback = note.action === 'rollback'
    emit({ type: 'start', from: note.from, to: target })
    if (note.from === target.version) return
    // Not what the pointer says, where that version is damaged.
    const served = await activeVersions()
    const before = served.find(({ model }) => model === target.model)?.version ?? null
    await stopRetired()
    const steps = createRolloutSteps({
      ...this.#options,
      config,
      target,
      before,
      isWayBack: isRollback || isWayBack(storePath, target),
      force: wishes.force ?? false,
      ...(isRollback ? { cutShort: preempted } : {}),
      commit: () => void activate(storePath, target, Date.now()),
    })
    noteRollout(storePath, note)
    const run = runRollout(steps, emit)
    this.#rollout = { note, before, run }
    const supersede = (): void => run.supersede(`${String(preempted.reason)} goes first`)
    if (!isRollback) {
      preempted.addEventListener('abort', supersede)
      if (preempted.aborted) supersede()
    }
    try {
      await run.finished
      pruneModel(target.model, { ...this.#options, config })
    } finally {
      preempted.removeEventListener('abort', supersede)
      this.#rollout = undefined
    }
  }
}

function describeOverride(overrode: readonly Overridable[]): string {
  return overrode.length === 0 ? '' : `, by force: ${overrode.join(', ')} overridden`
}
