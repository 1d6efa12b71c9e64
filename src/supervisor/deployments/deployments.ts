import { performance } from 'node:perf_hooks'

import type {
  DeployBody,
  FollowDeploy,
  HistoryEntry,
  InstanceName,
  LoadBody,
  RollbackBody,
  UnloadBody,
} from '../../contracts/index.ts'
import { defined, formatModelVersion, instanceNames, outcomeOf } from '../../contracts/index.ts'
import type { Findings } from '../../rollout/index.ts'
import { observeWaiting } from '../../rollout/index.ts'
import type { DeployTarget } from '../../store/index.ts'
import { chooseModel, resolveLoad, resolveRollback, resolveTarget } from '../../store/index.ts'
import type { FiguresKeeper } from '../figures/figures-keeper.ts'
import type { Mutex } from '../mutex.ts'
import type { DeployOptions, DeployRequest, EmitDeploy } from './deploy.ts'
import { Deploy } from './deploy.ts'
import type { DeployEnd } from './deploy-end.ts'
import { describeEnd, describeRefusal, logEnd } from './deploy-end.ts'
import { DeployRecord } from './deploy-record.ts'

export type DeploymentsOptions = DeployOptions & {
  readonly busy: Mutex
  readonly pids: () => readonly number[]
  /** Is told of every deploy, besides the one who asks for it. */
  readonly followDeploy: FollowDeploy
  readonly figures: Pick<FiguresKeeper, 'count'>
}

/** A deploy or rollback that was asked for, whose target is found when it is known that it may begin. */
type Asked = Pick<DeployRequest, 'action' | 'wishes'> & { readonly resolve: () => DeployTarget }

/** A deploy that has ended; its line of the history may not be written yet. */
type Ended = { readonly end: DeployEnd; readonly written: Promise<void> }

/** How long the time after a deploy is measured for its receipt, at most. */
const maxAfterMs = 1_000

/** Takes the instances from one version to another, one deploy or rollback at a time, and keeps the history of it. */
export class Deployments {
  readonly #options: DeploymentsOptions
  /** What is under way. */
  #current: Deploy | undefined
  /** Ends the measurement of the time after the last deploy: the next one begins. */
  #after = new AbortController()
  /** Resolves when the history has the last deploy. */
  #written: Promise<void> = Promise.resolve()

  constructor(options: DeploymentsOptions) {
    this.#options = options
  }

  /** Tells a rollout under way that a process of an instance has ended. */
  died(instance: InstanceName, reason: string): void {
    this.#current?.died(instance, reason)
  }

  /** Publishes if a file is given, has the version pass the gates, then rolls out. Every outcome, also an error, is the last event. */
  async deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    const { config, storePath } = this.#options
    const resolve = (): DeployTarget => resolveTarget(body, config(), storePath)
    await this.#carryOut({ action: 'deploy', wishes: body, resolve }, emit)
  }

  /** Deploys a version that is in the store, as a client of the repository extension has it: the newest, if it names none. */
  async load(body: LoadBody, emit: EmitDeploy): Promise<void> {
    const { config, storePath } = this.#options
    const resolve = (): DeployTarget => resolveLoad(body, config(), storePath)
    await this.#carryOut({ action: 'deploy', wishes: body, resolve }, emit)
  }

  /**
   * Serves no version of a model until one is deployed, loaded or gone back to, or the stack starts again. What is active
   * stays so in the store. Throws `model_unknown` and `rollout_busy`.
   */
  async unload({ model: named, by }: UnloadBody): Promise<void> {
    const { busy, config, log, restoreInstance, stopRetired, unloaded } = this.#options
    const model = chooseModel(named, config())
    const { stepTimeoutMs } = config().rollout
    await busy.tryRun(`the unload of ${model}`, async () => {
      unloaded.add(model)
      log('warning', `unloading ${model}, as ${by ?? 'a client'} asked: no version of it is served`)
      await stopRetired()
      await Promise.all(
        instanceNames.map((name) => restoreInstance(name, { model, version: null }, stepTimeoutMs)),
      )
    })
  }

  /**
   * Goes back to the previous version by the same steps. It has priority: a deploy under way is ended, another rollback is
   * hurried, and what cannot be ended is waited for.
   */
  async rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    const resolve = (): DeployTarget => this.#resolveRollback(body)
    await this.#carryOut({ action: 'rollback', wishes: { ...body, rollback: true }, resolve }, emit)
  }

  /** While a deploy of the model answers callers already, it leads to what served before it, whether it is committed by now or not. */
  #resolveRollback(body: RollbackBody): DeployTarget {
    const { config, storePath } = this.#options
    const model = chooseModel(body.model, config())
    const isNamed = body.to !== undefined || body.beforeMs !== undefined
    const { note, replacedVersion } = this.#current ?? {}
    const isReplaced = note?.action === 'deploy' && note.model === model
    if (isNamed || !isReplaced || replacedVersion === undefined)
      return resolveRollback(body, config(), storePath)
    return { model, version: replacedVersion, file: undefined }
  }

  async #carryOut({ action, wishes, resolve }: Asked, answer: EmitDeploy): Promise<void> {
    const { busy, log, followDeploy } = this.#options
    const begunMs = performance.now()
    let tellOthers: EmitDeploy = () => undefined
    const emit: EmitDeploy = (event) => {
      tellOthers(event)
      answer(event)
    }
    const waiting = observeWaiting(emit)
    let ended: Ended | undefined
    try {
      const target = resolve()
      const { model, version } = target
      const { by, why } = wishes
      tellOthers = followDeploy({ action, model, version, ...defined({ by, why }) })
      await busy.tryRun(
        `the ${action} of ${formatModelVersion(target)}`,
        async (preempted) => {
          waiting.end()
          ended = await this.#runInTurn({ action, target, wishes, preempted }, emit, begunMs)
        },
        { isFirst: action === 'rollback', onWait: waiting.begin },
      )
    } catch (error) {
      const end = describeRefusal(error, performance.now() - begunMs)
      logEnd(end, log)
      ended = { end, written: Promise.resolve() }
    }
    await ended?.written
    if (ended !== undefined) emit(ended.end)
  }

  async #runInTurn(request: DeployRequest, emit: EmitDeploy, begunMs: number): Promise<Ended> {
    const { log } = this.#options
    const verb = request.action === 'deploy' ? 'deploying' : 'going back to'
    log('info', `${verb} ${formatModelVersion(request.target)}`)
    this.#after.abort()
    await this.#written
    this.#after = new AbortController()

    const record = await DeployRecord.begin({
      ...this.#options,
      afterMs: Math.min(this.#options.config().rollout.bakeMs, maxAfterMs),
      signal: this.#after.signal,
    })
    const deploy = new Deploy(request, this.#options, (event) => {
      record.listen(event)
      emit(event)
    })
    this.#current = deploy
    const failure = await deploy.run().then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    this.#current = undefined

    const entry = record.describe(deploy.note, failure)
    this.#count(entry, record.found)
    // Not waited for in turn: a rollback must not wait for a measurement. It may begin, and writes after this one.
    this.#written = record.write(entry, emit)
    const end = describeEnd(entry, record.found, performance.now() - begunMs)
    logEnd(end, log)
    return { end, written: this.#written }
  }

  #count({ model, action, outcome }: HistoryEntry, { gates, bake }: Findings): void {
    const { figures } = this.#options
    figures.count('deploys', model, action, outcome)
    for (const { gate, outcome: found } of gates) figures.count('gates', model, gate, found)
    if (bake !== undefined) figures.count('bakes', model, outcomeOf({ bake }) ?? 'skipped')
  }
}
