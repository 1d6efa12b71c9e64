import type {
  Config,
  GatewayCommand,
  GatewayStatus,
  InstanceName,
  ModelVersion,
  WorkerCommand,
} from '../contracts/index.ts'
import type { AnswerFigures } from '../gates/index.ts'
import type { Step } from '../rollout/index.ts'
import { bake, observeBefore } from './bake.ts'
import type { BakeOptions } from './bake.ts'
import { resume } from './resume.ts'
import type { CarryOut } from './run-rollout.ts'

/** Of an instance that was never paused. */
const nothingKnown: AnswerFigures = { answered: 0, failed: 0, p99Ms: null, labels: {} }

/** The share of a step's time that the other instance may take to be ready; the rest is for its reply. */
const pauseShare = 0.5

export type RolloutStepsOptions = {
  readonly target: ModelVersion
  /** The version that was active before; null where there was none. */
  readonly before: string | null
  readonly config: Pick<Config, 'models' | 'rollout'>
  readonly commandInstance: (name: InstanceName, command: WorkerCommand, timeoutMs: number) => Promise<void>
  /** Also where a process does not answer: it is replaced then. */
  readonly restoreInstance: (
    name: InstanceName,
    wanted: { readonly model: string; readonly version: string | null },
    timeoutMs: number,
  ) => Promise<void>
  readonly workerStatuses: BakeOptions['workerStatuses']
  readonly commandGateway: (command: GatewayCommand, timeoutMs: number) => Promise<unknown>
  readonly commit: (target: ModelVersion) => void
}

/** What each step of a rollout is, in commands to the gateway and the workers. */
export function createRolloutSteps(options: RolloutStepsOptions): CarryOut {
  const { target, before, config, commandGateway, commit } = options
  const { stepTimeoutMs } = config.rollout
  const cases = config.models[target.model]?.selfTest ?? []
  const command = async (instance: InstanceName, value: WorkerCommand): Promise<undefined> => {
    await options.commandInstance(instance, value, stepTimeoutMs)
    return undefined
  }

  const watching: BakeOptions = {
    target,
    config,
    gatewayStatus: async () => (await commandGateway({ do: 'status' }, stepTimeoutMs)) as GatewayStatus,
    workerStatuses: options.workerStatuses,
  }
  let usual: AnswerFigures | undefined

  return async (step: Step, signal) => {
    switch (step.action) {
      case 'pause':
        usual ??= await observeBefore(step.instance, watching)
        await commandGateway(
          { do: 'pause', instance: step.instance, timeoutMs: stepTimeoutMs * pauseShare },
          stepTimeoutMs,
        )
        return undefined
      case 'resume':
        await resume(step.instance, stepTimeoutMs, commandGateway)
        return undefined
      case 'load':
        return command(step.instance, { do: 'load', target })
      case 'warm':
      case 'selfTest':
        await command(step.instance, { do: step.action, cases })
        return step.action === 'selfTest' ? `${cases.length} cases` : undefined
      case 'activate':
      case 'discard':
        return command(step.instance, { do: step.action })
      case 'restore':
        await options.restoreInstance(step.instance, { model: target.model, version: before }, stepTimeoutMs)
        return undefined
      case 'bake':
        return bake(step.instance, usual ?? nothingKnown, watching, signal)
      case 'commit':
        commit(target)
        return undefined
    }
  }
}
