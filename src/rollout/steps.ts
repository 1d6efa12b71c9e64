import type { Config } from '../config/schema/index.ts'
import type { GatewayCommand, GatewayStatus, InstanceName, WorkerCommand } from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import type { AnswerFigures } from '../gates/judge/index.ts'
import { describeBake } from '../gates/judge/index.ts'
import type { BakeOptions } from './bake.ts'
import { bake, noAnswers, observeBefore } from './bake.ts'
import type { CarryOut, StepResult } from './driver.ts'
import type { Step } from './machine/index.ts'
import { resume } from './resume.ts'

/** The share of a step's time that the other instance may take to be ready; the rest is for its reply. */
const pauseShare = 0.5

export type RolloutStepsOptions = Pick<
  BakeOptions,
  'target' | 'isWayBack' | 'force' | 'labelTallies' | 'cutShort'
> & {
  /** The version that was active before; null if there was none. */
  readonly before: string | null
  readonly config: Pick<Config, 'models' | 'rollout'>
  readonly commandInstance: (name: InstanceName, command: WorkerCommand, timeoutMs: number) => Promise<void>
  /** Also if a process does not respond: it is replaced then. */
  readonly restoreInstance: (
    name: InstanceName,
    wanted: { readonly model: string; readonly version: string | null },
    timeoutMs: number,
  ) => Promise<void>
  readonly commandGateway: (command: GatewayCommand, timeoutMs: number) => Promise<unknown>
  readonly commit: () => void
}

/** What each step of a rollout is, in commands to the gateway and the workers. */
export function createRolloutSteps(options: RolloutStepsOptions): CarryOut {
  const { target, before, config, commandGateway, commit } = options
  const { stepTimeoutMs } = config.rollout
  const cases = config.models[target.model]?.selfTest ?? []
  const command = async (instance: InstanceName, value: WorkerCommand): Promise<StepResult> => {
    await options.commandInstance(instance, value, stepTimeoutMs)
    return {}
  }

  /** The cases may be younger than a version that has served before, and must not block a rollback to it. */
  const selfTest = async (instance: InstanceName): Promise<StepResult> => {
    try {
      await command(instance, { do: 'selfTest', cases })
      return { detail: `${cases.length} cases` }
    } catch (error) {
      if (!options.isWayBack || !(error instanceof ChangeoverError) || error.code !== 'self_test_failed')
        throw error
      return { detail: `not required of a way back: ${error.message}` }
    }
  }

  const watching: BakeOptions = {
    ...options,
    gatewayStatus: async () => (await commandGateway({ do: 'status' }, stepTimeoutMs)) as GatewayStatus,
  }
  let usual: AnswerFigures | undefined

  return async (step: Step, signal) => {
    switch (step.action) {
      case 'pause':
        usual ??= await observeBefore(step.instance, before, watching)
        await commandGateway(
          { do: 'pause', instance: step.instance, timeoutMs: stepTimeoutMs * pauseShare },
          stepTimeoutMs,
        )
        return {}
      case 'resume':
        await resume(step.instance, stepTimeoutMs, commandGateway)
        return {}
      case 'load':
        return command(step.instance, { do: 'load', target })
      case 'warm':
        return command(step.instance, { do: 'warm', cases })
      case 'selfTest':
        return selfTest(step.instance)
      case 'activate':
      case 'discard':
        return command(step.instance, { do: step.action })
      case 'restore':
        await options.restoreInstance(step.instance, { model: target.model, version: before }, stepTimeoutMs)
        return {}
      case 'bake': {
        const report = await bake(step.instance, usual ?? noAnswers, watching, signal)
        const { cutShort } = options
        const hurried =
          cutShort?.aborted === true ? `; cut short: ${String(cutShort.reason)} has priority` : ''
        return { detail: describeBake(report) + hurried, bake: report }
      }
      case 'commit':
        commit()
        return {}
    }
  }
}
