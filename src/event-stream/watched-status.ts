import type {
  InstanceStatus,
  StackStatus,
  WatchedInstance,
  WatchedModel,
  WatchedProcess,
  WatchedStatus,
  WatchedWorker,
  WorkerStatus,
} from '../contracts/index.ts'

const maxOtherVersions = 20

/** The part of a status that changes seldom: with a thousand models, a worker's own list of what it serves has a thousand lines. */
export function describeWatched(status: StackStatus, models: readonly string[]): WatchedStatus {
  const { pid, startedAtMs, configPath, damaged, rollout, gateway, instances, unloaded = [] } = status
  const pointers = new Map(status.models.map((pointer) => [pointer.model, pointer]))
  const active = new Map(status.models.map((pointer) => [pointer.model, pointer.active]))
  return {
    pid,
    startedAtMs,
    configPath,
    models: models.map((model): WatchedModel => {
      const { active = null, previous = null, sinceMs = null } = pointers.get(model) ?? {}
      return { model, active, previous, sinceMs, ...(unloaded.includes(model) && { unloaded: true }) }
    }),
    damaged,
    rollout,
    gateway: {
      address: gateway.address,
      grpcAddress: gateway.grpcAddress ?? null,
      restarts: gateway.restarts,
      process: gateway.status && describeProcess(gateway.status),
    },
    instances: instances.map(({ name, address, restarts, workers }: InstanceStatus): WatchedInstance => {
      const traffic = gateway.status?.instances[name]
      return {
        name,
        address,
        restarts,
        paused: traffic?.paused ?? null,
        workers: workers.map((worker) => worker && describeWorker(worker, active)),
      }
    }),
  }
}

function describeProcess({ pid, startedAtMs }: WatchedProcess): WatchedProcess {
  return { pid, startedAtMs }
}

function describeWorker(worker: WorkerStatus, active: ReadonlyMap<string, string>): WatchedWorker {
  return {
    ...describeProcess(worker),
    paused: worker.paused,
    otherVersions: worker.served
      .filter(({ model, version }) => active.get(model) !== version)
      .slice(0, maxOtherVersions),
  }
}
