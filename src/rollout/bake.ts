import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Config } from '../config/schema/index.ts'
import type {
  BakeReport,
  GatewayStatus,
  InstanceName,
  InstanceTraffic,
  LabelTally,
  LatestAnswers,
  ModelVersion,
} from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import type { AnswerFigures } from '../gates/judge/index.ts'
import { addTallies, judgeBake } from '../gates/judge/index.ts'

export type BakeOptions = {
  readonly target: ModelVersion
  readonly config: Pick<Config, 'rollout'>
  /** The version has served before. */
  readonly isWayBack: boolean
  /** Faults are reported, and the version stays. */
  readonly force: boolean
  readonly gatewayStatus: () => Promise<GatewayStatus>
  /** Null for a worker that does not respond, or serves no version of the model. */
  readonly labelTallies: (name: InstanceName, model: string) => Promise<readonly (LabelTally | null)[]>
  /** Aborted when something with priority waits: the bake ends with what it has seen until then. */
  readonly cutShort?: AbortSignal
  readonly nowMs?: () => number
}

/** A version that was watched, and must go. */
export class BakeFailure extends ChangeoverError {
  readonly report: BakeReport

  constructor(message: string, report: BakeReport) {
    super('rollout_failed', message)
    this.report = report
  }
}

const lookMs = 50

/** Labels are counted in the workers, which are asked less often. */
const labelsLookMs = 500

/** Of an instance that was not asked. */
export const noAnswers: AnswerFigures = {
  answered: 0,
  failed: 0,
  p99Ms: null,
  labels: { isShared: false, counts: [] },
}

/** How an instance has answered lately, before a rollout: what its new version is compared with. */
export async function observeBefore(
  instance: InstanceName,
  before: string | null,
  options: Pick<BakeOptions, 'target' | 'gatewayStatus' | 'labelTallies'>,
): Promise<AnswerFigures> {
  const [status, labels] = await Promise.all([
    options.gatewayStatus().catch(() => undefined),
    askLabels(instance, { model: options.target.model, version: before }, options),
  ])
  return { ...latestOf(status, instance), labels }
}

/**
 * Watches an instance on live traffic and compares it with `before`. Rejects with a `BakeFailure` as soon as too many of its
 * answers are failures, or they are too slow or distributed differently, unless it is forced. A gateway that does not answer is
 * being replaced: what it had seen counts, and the next one goes on.
 */
export async function bake(
  instance: InstanceName,
  before: AnswerFigures,
  options: BakeOptions,
  signal: AbortSignal,
): Promise<BakeReport> {
  const { target, config, isWayBack, force, gatewayStatus, cutShort } = options
  const { nowMs = () => performance.now() } = options
  const endMs = nowMs() + config.rollout.bakeMs
  const count = countFrom(await gatewayStatus().catch(() => undefined), instance)
  let labels: AnswerFigures['labels'] = noAnswers.labels
  let labelsDueMs = nowMs()
  const wake = cutShort === undefined ? signal : AbortSignal.any([signal, cutShort])
  for (;;) {
    const leftMs = cutShort?.aborted === true ? 0 : endMs - nowMs()
    const seen = count(await gatewayStatus().catch(() => undefined))
    if (leftMs <= 0 || nowMs() >= labelsDueMs) {
      labels = await askLabels(instance, target, options)
      labelsDueMs = nowMs() + labelsLookMs
    }
    const verdicts = judgeBake({ ...seen, labels }, before, config.rollout, { isWayBack })
    const fault = verdicts.find(({ outcome }) => outcome === 'failed')
    const checks = verdicts.map((verdict) =>
      force && verdict.outcome === 'failed' ? { ...verdict, outcome: 'overridden' as const } : verdict,
    )
    const report: BakeReport = { answered: seen.answered, failed: seen.failed, checks }
    if (fault !== undefined && !force)
      throw new BakeFailure(`while the ${instance} was watched, ${fault.sentence}`, report)
    if (leftMs <= 0) return report
    await sleep(Math.min(lookMs, leftMs), undefined, { signal: wake }).catch(() => signal.throwIfAborted())
  }
}

/** Counts what an instance has answered from now on, whichever gateway it is that has counted. */
function countFrom(
  first: GatewayStatus | undefined,
  instance: InstanceName,
): (status: GatewayStatus | undefined) => Omit<AnswerFigures, 'labels'> {
  let last = first
  let seen: Omit<AnswerFigures, 'labels'> = noAnswers
  return (status) => {
    if (status === undefined) return seen
    // What a gateway had counted before it could be asked is not of this time; one that has started since counts from zero.
    const known = last ?? status
    const before: Pick<InstanceTraffic, 'answered' | 'failed'> =
      known.pid === status.pid ? known.instances[instance] : noAnswers
    const { answered, failed } = status.instances[instance]
    seen = {
      answered: seen.answered + answered - before.answered,
      failed: seen.failed + failed - before.failed,
      p99Ms: latestOf(status, instance).p99Ms,
    }
    last = status
    return seen
  }
}

/** A gateway of an older build, which an adopted stack may have, does not tell of its latest answers. */
function latestOf(status: GatewayStatus | undefined, instance: InstanceName): LatestAnswers {
  const traffic: Partial<InstanceTraffic> | undefined = status?.instances[instance]
  return traffic?.latest ?? noAnswers
}

/** How often each label came first lately at a version that an instance's workers serve; undefined if none of them can tell. */
async function askLabels(
  instance: InstanceName,
  { model, version }: { readonly model: string; readonly version: string | null },
  { labelTallies }: Pick<BakeOptions, 'labelTallies'>,
): Promise<AnswerFigures['labels']> {
  const tallies = await labelTallies(instance, model)
  if (tallies.length > 0 && tallies.every((tally) => tally === null)) return undefined
  return addTallies(tallies.flatMap((tally) => (tally?.version === version ? [tally] : [])))
}
