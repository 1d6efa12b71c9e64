import { setTimeout as sleep } from 'node:timers/promises'

import { ChangeoverError } from '../contracts/index.ts'
import type { Config, GatewayStatus, InstanceName, ModelVersion, WorkerStatus } from '../contracts/index.ts'
import { findBakeFault } from '../gates/index.ts'
import type { AnswerFigures } from '../gates/index.ts'

export type BakeOptions = {
  readonly target: ModelVersion
  readonly config: Pick<Config, 'rollout'>
  readonly gatewayStatus: () => Promise<GatewayStatus>
  /** Null for a worker that does not answer. */
  readonly workerStatuses: (name: InstanceName) => Promise<readonly (WorkerStatus | null)[]>
}

const lookMs = 50

/** Of fewer answers a worker's own rehearsals may be a large part, and they say nothing of what callers ask. */
const fewestLabels = 1_000

/** How an instance answers before a rollout: what its new version is held against. */
export async function observeBefore(
  instance: InstanceName,
  { target, gatewayStatus, workerStatuses }: BakeOptions,
): Promise<AnswerFigures> {
  const [{ recent }, statuses] = await Promise.all([gatewayStatus(), workerStatuses(instance)])
  const labels = sumLabels(statuses, target.model)
  const count = Object.values(labels).reduce((sum, one) => sum + one, 0)
  return {
    answered: recent.answered,
    failed: 0,
    p99Ms: recent.p99Ms,
    labels: count < fewestLabels ? {} : labels,
  }
}

/**
 * Watches an instance on live traffic; rejects with `rollout_failed` as soon as too many of its answers are failures, or they
 * are too slow or distributed otherwise than `before`.
 */
export async function bake(
  instance: InstanceName,
  before: AnswerFigures,
  options: BakeOptions,
  signal: AbortSignal,
): Promise<string> {
  const { target, config, gatewayStatus, workerStatuses } = options
  const start = (await gatewayStatus()).instances[instance]
  const endMs = Date.now() + config.rollout.bakeMs
  for (;;) {
    const [{ instances }, statuses] = await Promise.all([gatewayStatus(), workerStatuses(instance)])
    const now = instances[instance]
    const figures = {
      answered: now.answered - start.answered,
      failed: now.failed - start.failed,
      p99Ms: now.p99Ms,
      labels: sumLabels(statuses, target.model),
    }
    const fault = findBakeFault(figures, before, config.rollout)
    if (fault !== undefined)
      throw new ChangeoverError('rollout_failed', `while the ${instance} was watched, ${fault}`)
    const leftMs = endMs - Date.now()
    if (leftMs <= 0) return `${figures.answered} answers, ${figures.failed} failed`
    await sleep(Math.min(lookMs, leftMs), undefined, { signal })
  }
}

/** How often each label came first at the version that an instance's workers serve now. */
function sumLabels(
  statuses: readonly (WorkerStatus | null)[],
  model: string,
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const status of statuses)
    for (const [label, count] of Object.entries(status?.answers[model] ?? {}))
      sums[label] = (sums[label] ?? 0) + count
  return sums
}
