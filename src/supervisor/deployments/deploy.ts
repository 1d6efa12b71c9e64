import { performance } from 'node:perf_hooks'

import type { Config } from '../../config/schema/index.ts'
import type {
  DeployBody,
  DeployEvent,
  HistoryEntry,
  InstanceName,
  Log,
  ModelVersion,
} from '../../contracts/index.ts'
import { defined, formatModelVersion, toMessage } from '../../contracts/index.ts'
import type { RolloutRun, RolloutStepsOptions } from '../../rollout/index.ts'
import { createRolloutSteps, runRollout } from '../../rollout/index.ts'
import type { DeployTarget, RolloutNote } from '../../store/index.ts'
import { activate, currentUser, noteRollout, readPointer } from '../../store/index.ts'
import { abortedBy, unlessAborted } from '../preemption.ts'
import type { GateWishes } from './pass-gates.ts'
import { isWayBack, passGates } from './pass-gates.ts'
import { pruneModel } from './prune-model.ts'
import type { PublishNotes } from './publish-target.ts'
import { publishTarget } from './publish-target.ts'

export type DeployOptions = {
  readonly config: () => Config
  readonly storePath: string
  readonly recordFolder: string
  readonly publisherEntry: string
  readonly gatekeeperEntry: string
  readonly log: Log
  /** What is served when no rollout is under way. */
  readonly activeVersions: () => Promise<readonly ModelVersion[]>
  /** Throws if a version must not be served. */
  readonly checkVersion: (target: ModelVersion) => Promise<void>
  readonly commandInstance: RolloutStepsOptions['commandInstance']
  readonly restoreInstance: RolloutStepsOptions['restoreInstance']
  /** The models that a client unloaded; a version that is rolled out ends that. */
  readonly unloaded: Set<string>
  readonly labelTallies: RolloutStepsOptions['labelTallies']
  readonly commandGateway: RolloutStepsOptions['commandGateway']
  /** Ends processes that a rollout does not reach. */
  readonly stopRetired: () => Promise<void>
}

export type EmitDeploy = (event: DeployEvent) => void

/** What the person who asks says about a rollout, about a version that is published for it, and about the gates. */
export type DeployWishes = PublishNotes & Pick<DeployBody, 'why' | 'address'> & GateWishes

export type DeployRequest = {
  readonly action: Extract<HistoryEntry['action'], 'deploy' | 'rollback'>
  readonly target: DeployTarget
  readonly wishes: DeployWishes
  /** Aborted, with what waits as its reason, when something else has priority. */
  readonly preempted: AbortSignal
}

/** A rollout that touches instances; `before` is what they go back to if it is undone. */
type Rollout = { readonly before: string | null; readonly run: RolloutRun }

/** One deploy or rollback whose turn it is: publishes, has the version pass the gates, rolls out. What it does, it emits. */
export class Deploy {
  /** What the history says of it, but for how it ended. */
  readonly note: RolloutNote
  readonly #request: DeployRequest
  readonly #options: DeployOptions
  readonly #config: Config
  readonly #emit: EmitDeploy
  #rollout: Rollout | undefined

  constructor(request: DeployRequest, options: DeployOptions, emit: EmitDeploy) {
    this.#request = request
    this.#options = options
    this.#config = options.config()
    this.#emit = emit
    this.note = describeRequest(request, options.storePath)
  }

  /** What callers were answered by before, if the version that replaces it may have answered some already. */
  get replacedVersion(): string | undefined {
    if (this.#rollout?.run.hasServed() !== true) return undefined
    const { unloaded } = this.#options
    // Of a model that was unloaded, nothing was served; what is active is what was served before that.
    return this.#rollout.before ?? (unloaded.has(this.note.model) ? this.note.from : null) ?? undefined
  }

  /** Tells it that a process of an instance has ended. */
  died(instance: InstanceName, reason: string): void {
    this.#rollout?.run.died(instance, reason)
  }

  /** Resolves when the version serves. Only the last part touches instances; what comes before it is ended at once if it is preempted. */
  async run(): Promise<void> {
    const { action, target, wishes, preempted } = this.#request
    const signal =
      action === 'deploy'
        ? abortedBy(preempted, `the deploy of ${formatModelVersion(target)}`)
        : new AbortController().signal
    await this.#publish(signal)
    await unlessAborted(this.#options.checkVersion({ model: target.model, version: target.version }), signal)
    await passGates(target, wishes, { ...this.#options, config: this.#config, signal }, this.#emit)
    signal.throwIfAborted()
    await this.#rollOut()
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const { target, wishes } = this.#request
    if (target.file === undefined) return
    const begunMs = performance.now()
    const report = (state: 'done' | 'failed', detail: string): void =>
      this.#emit({ type: 'step', step: 'publish', state, durationMs: performance.now() - begunMs, detail })
    this.#emit({ type: 'step', step: 'publish', state: 'started' })
    try {
      await publishTarget(target, { ...this.#options, config: this.#config, signal }, wishes)
      report('done', formatModelVersion(target))
    } catch (error) {
      report('failed', toMessage(error))
      throw error
    }
  }

  async #rollOut(): Promise<void> {
    const { action, preempted } = this.#request
    const { model, version, from } = this.note
    this.#emit({ type: 'start', from, to: { model, version } })
    if (from === version && !this.#options.unloaded.has(model)) return
    // Not what the pointer says, if that version is damaged.
    const served = await this.#options.activeVersions()
    const before = served.find((one) => one.model === model)?.version ?? null
    await this.#options.stopRetired()
    const steps = this.#createSteps(before)
    noteRollout(this.#options.storePath, this.note)
    const run = runRollout(steps, this.#emit)
    this.#rollout = { before, run }
    const supersede = (): void => run.supersede(`${String(preempted.reason)} has priority`)
    if (action === 'deploy') {
      preempted.addEventListener('abort', supersede)
      if (preempted.aborted) supersede()
    }
    try {
      await run.finished
      pruneModel(model, { ...this.#options, config: this.#config })
    } finally {
      preempted.removeEventListener('abort', supersede)
      this.#rollout = undefined
    }
  }

  #createSteps(before: string | null): ReturnType<typeof createRolloutSteps> {
    const { storePath, unloaded } = this.#options
    const { action, wishes, preempted } = this.#request
    const { model, version } = this.note
    const target = { model, version }
    const isRollback = action === 'rollback'
    return createRolloutSteps({
      ...this.#options,
      config: this.#config,
      target,
      before,
      isWayBack: isRollback || isWayBack(storePath, target),
      force: wishes.force ?? false,
      ...(isRollback ? { cutShort: preempted } : {}),
      commit: () => {
        activate(storePath, target, Date.now())
        unloaded.delete(model)
      },
    })
  }
}

function describeRequest({ action, target, wishes }: DeployRequest, storePath: string): RolloutNote {
  const { model, version } = target
  const from = readPointer(storePath, model)?.active ?? null
  const { by = currentUser(), address, why } = wishes
  return { atMs: Date.now(), action, model, version, from, by, ...defined({ address, why }) }
}
