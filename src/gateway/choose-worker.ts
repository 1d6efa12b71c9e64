import { instanceNames } from '../contracts/index.ts'
import type { InstanceName } from '../contracts/index.ts'
import type { LatencyHistogram } from '../http/index.ts'
import type { Avoided } from './job.ts'
import type { WorkerConnection } from './worker-connection.ts'
import type { WorkerPlace } from './worker-place.ts'

/** An instance as the gateway sees it. */
export type Instance = {
  readonly places: readonly WorkerPlace[]
  paused: boolean
  /** Counts orders to pause and resume, so that a pause that waits learns that it was overtaken. */
  orders: number
  answered: number
  failed: number
  /** Since it was last resumed. */
  latency: LatencyHistogram
}

export type Instances = Readonly<Record<InstanceName, Instance>>

/**
 * The least busy worker of the primary, else of the backup; of an instance that is paused, or has just failed, only where
 * nothing else is there.
 */
export function chooseWorker(instances: Instances, avoid: Avoided | undefined): WorkerConnection | undefined {
  let last: WorkerConnection | undefined
  for (const name of instanceNames) {
    const { places, paused } = instances[name]
    const connection = leastBusy(places, avoid?.connection)
    if (connection === undefined) continue
    if (!paused && name !== avoid?.instance) return connection
    last ??= connection
  }
  return last
}

/** How many of an instance's workers serve. */
export function countWell({ places }: Instance): number {
  return places.filter(({ well }) => well !== undefined).length
}

/** How many requests an instance has. */
export function countInFlight({ places }: Instance): number {
  return places.reduce((sum, { inFlight }) => sum + inFlight, 0)
}

function leastBusy(places: readonly WorkerPlace[], avoid: object | undefined): WorkerConnection | undefined {
  let best: WorkerConnection | undefined
  for (const { well } of places)
    if (well !== undefined && well !== avoid && (best === undefined || well.inFlight < best.inFlight))
      best = well
  return best
}
