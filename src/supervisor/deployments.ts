import { performance } from 'node:perf_hooks'

import { ChangeoverError, formatModelVersion, toErrorReport } from '../contracts/index.ts'
import type {
  Config,
  DeployBody,
  DeployEvent,
  GateName,
  GatewayCommand,
  InstanceName,
  Log,
  ModelVersion,
  RollbackBody,
  WorkerCommand,
} from '../contracts/index.ts'
import { activate, chooseModel, readPointer, resolveTarget } from '../store/index.ts'
import type { DeployTarget } from '../store/index.ts'
import { passGates } from './pass-gates.ts'
import { createRolloutSteps } from './rollout-steps.ts'
import { publishTarget } from './publish-target.ts'
import { runRollout } from './run-rollout.ts'
import type { RolloutRun } from './run-rollout.ts'

export type DeploymentsOptions = {
  readonly config: Config
  readonly storePath: string
  readonly recordFolder: string
  readonly publisherEntry: string
  readonly gatekeeperEntry: string
  readonly log: Log
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

  /** Publishes where a file is given, has the version pass the gates, then rolls out. Every outcome, also an error, is the last event. */
  async deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    await this.#exclusively(
      emit,
      () => resolveTarget(body, this.#options.config, this.#options.storePath),
      async (target) => {
        await this.#publish(target, emit)
        const overrode = await passGates(target, body, this.#options, emit)
        await this.#rollOut(target, emit)
        return overrode
      },
    )
  }

  /** Goes back to the previous version, by the same road. */
  async rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    await this.#exclusively(
      emit,
      () => this.#previous(body),
      async (target) => {
        const overrode = await passGates(target, { rollback: true }, this.#options, emit)
        await this.#rollOut(target, emit)
        return overrode
      },
    )
  }

  async #publish(target: DeployTarget, emit: EmitDeploy): Promise<void> {
    if (target.file === undefined) return
    const begunMs = performance.now()
    const report = (state: 'done' | 'failed', detail: string): void =>
      emit({ type: 'step', step: 'publish', state, durationMs: performance.now() - begunMs, detail })
    emit({ type: 'step', step: 'publish', state: 'started' })
    try {
      await publishTarget(target, this.#options)
      report('done', formatModelVersion(target))
    } catch (error) {
      report('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  async #rollOut(target: ModelVersion, emit: EmitDeploy): Promise<void> {
    const { storePath } = this.#options
    const before = readPointer(storePath, target.model)?.active ?? null
    emit({ type: 'start', from: before, to: { model: target.model, version: target.version } })
    if (before === target.version) return
    const commit = (version: ModelVersion): void => void activate(storePath, version, Date.now())
    this.#run = runRollout(createRolloutSteps({ ...this.#options, target, before, commit }), emit)
    try {
      await this.#run.finished
    } finally {
      this.#run = undefined
    }
  }

  #previous(body: RollbackBody): DeployTarget {
    const model = chooseModel(body.model, this.#options.config)
    const previous = readPointer(this.#options.storePath, model)?.previous ?? undefined
    if (previous !== undefined) return { model, version: previous, file: undefined }
    throw new ChangeoverError(
      'no_previous_version',
      `${model} has served one version only: there is none to go back to; deploy the one you want by name`,
    )
  }

  async #exclusively(
    emit: EmitDeploy,
    resolve: () => DeployTarget,
    work: (target: DeployTarget) => Promise<readonly GateName[]>,
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
      let overrode: readonly GateName[]
      try {
        overrode = await work(target)
      } finally {
        this.#busyWith = undefined
      }
      const { model, version } = target
      const durationMs = performance.now() - begunMs
      this.#options.log('info', `${formatModelVersion(target)} serves${describeOverride(overrode)}`)
      emit({ type: 'end', ok: true, version: { model, version }, durationMs, overrode })
    } catch (error) {
      const report = toErrorReport(error)
      this.#options.log('error', `not deployed: ${report.message}`)
      emit({ type: 'end', ok: false, error: report, durationMs: performance.now() - begunMs })
    }
  }
}

function describeOverride(overrode: readonly GateName[]): string {
  return overrode.length === 0 ? '' : `, by force: ${overrode.join(', ')} overridden`
}
