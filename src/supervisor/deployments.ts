import { performance } from 'node:perf_hooks'

import { ChangeoverError, formatModelVersion, toErrorReport } from '../contracts/index.ts'
import type {
  Config,
  DeployBody,
  DeployEvent,
  GatewayCommand,
  InstanceName,
  Log,
  ModelVersion,
  RollbackBody,
  WorkerCommand,
} from '../contracts/index.ts'
import { activate, readPointer, resolveRollback, resolveTarget } from '../store/index.ts'
import type { DeployTarget } from '../store/index.ts'
import { checkVersion } from './check-version.ts'
import { pruneModel } from './prune-model.ts'
import { createRolloutSteps } from './rollout-steps.ts'
import { publishTarget } from './publish-target.ts'
import type { PublishNotes } from './publish-target.ts'
import { runRollout } from './run-rollout.ts'
import type { RolloutRun } from './run-rollout.ts'

export type DeploymentsOptions = {
  readonly config: Config
  readonly storePath: string
  readonly publisherEntry: string
  readonly log: Log
  /** What is served when no rollout is under way. */
  readonly activeVersions: () => readonly ModelVersion[]
  readonly commandInstance: (name: InstanceName, command: WorkerCommand, timeoutMs: number) => Promise<void>
  readonly commandGateway: (command: GatewayCommand, timeoutMs: number) => Promise<unknown>
}

export type EmitDeploy = (event: DeployEvent) => void

/** Takes the instances from one version to another, one rollout at a time. */
export class Deployments {
  readonly #options: DeploymentsOptions
  #busyWith: string | undefined
  #run: RolloutRun | undefined

  constructor(options: DeploymentsOptions) {
    this.#options = options
  }

  /** The version that is being rolled out, or undefined. */
  get busyWith(): string | undefined {
    return this.#busyWith
  }

  /** Tells a rollout under way that a process of an instance has ended. */
  died(instance: InstanceName, reason: string): void {
    this.#run?.died({ type: 'died', instance, reason })
  }

  /** Publishes where a file is given, then rolls out. Every outcome, also an error, is the last event. */
  async deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    await this.#exclusively(
      emit,
      () => resolveTarget(body, this.#options.config, this.#options.storePath),
      async (target) => {
        await this.#publish(target, body, emit)
        await this.#rollOut(target, emit)
      },
    )
  }

  /** Goes back to the previous version, by the same road. */
  async rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    await this.#exclusively(
      emit,
      () => resolveRollback(body, this.#options.config, this.#options.storePath),
      (target) => this.#rollOut(target, emit),
    )
  }

  async #publish(target: DeployTarget, notes: PublishNotes, emit: EmitDeploy): Promise<void> {
    if (target.file === undefined) return
    const begunMs = performance.now()
    const report = (state: 'done' | 'failed', detail: string): void =>
      emit({ type: 'step', step: 'publish', state, durationMs: performance.now() - begunMs, detail })
    emit({ type: 'step', step: 'publish', state: 'started' })
    try {
      await publishTarget(target, this.#options, notes)
      report('done', formatModelVersion(target))
    } catch (error) {
      report('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  async #rollOut(target: ModelVersion, emit: EmitDeploy): Promise<void> {
    const { storePath, config, activeVersions } = this.#options
    const active = readPointer(storePath, target.model)?.active ?? null
    emit({ type: 'start', from: active, to: { model: target.model, version: target.version } })
    await checkVersion(storePath, target, config)
    if (active === target.version) return
    const before = activeVersions().find(({ model }) => model === target.model)?.version ?? null
    const commit = (version: ModelVersion): void => void activate(storePath, version, Date.now())
    this.#run = runRollout(createRolloutSteps({ ...this.#options, target, before, commit }), emit)
    try {
      await this.#run.finished
      pruneModel(target.model, this.#options)
    } finally {
      this.#run = undefined
    }
  }

  async #exclusively(
    emit: EmitDeploy,
    resolve: () => DeployTarget,
    work: (target: DeployTarget) => Promise<void>,
  ): Promise<void> {
    const begunMs = performance.now()
    try {
      if (this.#busyWith !== undefined)
        throw new ChangeoverError(
          'rollout_busy',
          `${this.#busyWith} is being rolled out; wait until that has ended, one at a time`,
        )
      const target = resolve()
      this.#busyWith = formatModelVersion(target)
      this.#options.log('info', `deploying ${this.#busyWith}`)
      try {
        await work(target)
      } finally {
        this.#busyWith = undefined
      }
      const { model, version } = target
      this.#options.log('info', `${formatModelVersion(target)} serves`)
      emit({ type: 'end', ok: true, version: { model, version }, durationMs: performance.now() - begunMs })
    } catch (error) {
      const report = toErrorReport(error)
      this.#options.log('error', `not deployed: ${report.message}`)
      emit({ type: 'end', ok: false, error: report, durationMs: performance.now() - begunMs })
    }
  }
}
