import type { DamagedVersion, DeployEvent } from './control.ts'
import type { HistoryEntry } from './history.ts'
import type { InstanceName } from './instance-name.ts'
import type { ServedVersion } from './messages.ts'
import type { ModelVersion } from './model-version.ts'

/**
 * One line of the answer to `GET /v1/events`, as newline-delimited JSON. The first line is a `snapshot`; a reader that was too
 * slow gets another one in place of what it missed, and forgets what it knew. There is a line at least every second, `figures`:
 * who has read none for some seconds has lost its connection, whatever its socket says. Readers ignore types that they do not know.
 */
export type StreamEvent = StreamTime &
  (
    | StreamSnapshot
    | { readonly type: 'status'; readonly status: WatchedStatus }
    | { readonly type: 'figures'; readonly figures: WatchedSecond }
    /** A deploy or rollback is under way, whoever asked for it. */
    | { readonly type: 'deploy'; readonly deploy: WatchedDeploy }
    /** What a deploy does; after its `end` there is nothing more of it. */
    | { readonly type: 'deployEvent'; readonly id: string; readonly event: DeployEvent }
    | { readonly type: 'history'; readonly entry: HistoryEntry }
    /** The last line: the supervisor stops. */
    | { readonly type: 'closed' }
  )

/** When a line was written: by the clock of the server's machine, and by one of the supervisor that is never set. In milliseconds. */
export type StreamTime = { readonly atMs: number; readonly upMs: number }

export type StreamSnapshot = {
  readonly type: 'snapshot'
  readonly status: WatchedStatus
  /** What is under way, with its events so far. */
  readonly deploys: readonly (WatchedDeploy & { readonly events: readonly DeployEvent[] })[]
  /** The figures of the last hour, oldest first: at first in steps of some seconds, of the last minutes in seconds. */
  readonly series: readonly WatchedSecond[]
  /** The latest entries, oldest first. `GET /v1/history` has more. */
  readonly history: readonly HistoryEntry[]
}

/** `StackStatus` without what changes all the time, and without what is the same for every worker. */
export type WatchedStatus = {
  readonly pid: number
  readonly startedAtMs: number
  readonly configPath: string
  /** Every model of the configuration. */
  readonly models: readonly WatchedModel[]
  readonly damaged: readonly DamagedVersion[]
  /** What is being done to the stack: `the deploy of name_question@2`. */
  readonly rollout: string | null
  /** `process` is null if it does not answer. */
  readonly gateway: {
    readonly address: string
    readonly grpcAddress: string | null
    readonly restarts: number
    readonly process: WatchedProcess | null
  }
  readonly instances: readonly WatchedInstance[]
}

/** `active` is null if no version was deployed yet. */
export type WatchedModel = {
  readonly model: string
  readonly active: string | null
  readonly previous: string | null
  readonly sinceMs: number | null
  /** A client unloaded it: no version of it is served, although one is active. */
  readonly unloaded?: true
}

export type WatchedProcess = { readonly pid: number; readonly startedAtMs: number }

export type WatchedInstance = {
  readonly name: InstanceName
  readonly address: string
  readonly restarts: number
  /** Whether the gateway sends it no requests; null if the gateway does not say. */
  readonly paused: boolean | null
  /** In the order of their places; null for one that does not answer. */
  readonly workers: readonly (WatchedWorker | null)[]
}

export type WatchedWorker = WatchedProcess & {
  readonly paused: boolean
  /** What it serves that is not the active version of its model, as while a rollout is under way; the first 20. */
  readonly otherVersions: readonly ServedVersion[]
}

/** A deploy or a rollback, as it was asked for. */
export type WatchedDeploy = {
  /** Tells it from others of this supervisor. */
  readonly id: string
  readonly action: 'deploy' | 'rollback'
  readonly model: string
  readonly version: string
  readonly by?: string
  readonly why?: string
  readonly sinceMs: number
}

/** What the callers of a stack noticed in some time that ended at `atMs` by the clock of its machine; usually a second. */
export type WatchedSecond = {
  readonly atMs: number
  readonly durationMs: number
  /** Null if the gateway did not answer. */
  readonly gateway: WatchedTraffic | null
  /** The busiest first, 20 at most; those that were asked nothing are left out. */
  readonly models: readonly WatchedModelFigures[]
  /** By their places: `supervisor`, `gateway`, `primary-0`. Empty in the series of a snapshot. */
  readonly processes: readonly WatchedUsage[]
}

/** What a version of a model was asked. */
export type WatchedModelFigures = ModelVersion & {
  readonly predictionsPerSecond: number
  readonly meanConfidence: number | null
  readonly unknownWordShare: number | null
  /** The labels that came first most often, six at most, with how often per second; a long one is cut. */
  readonly labels: readonly (readonly [label: string, perSecond: number])[]
  /** All other labels together. */
  readonly otherPerSecond: number
}

/** What a process uses; the share is of one processor. */
export type WatchedUsage = {
  readonly process: string
  readonly pid: number
  readonly cpuShare: number
  readonly rssBytes: number
}

/** Rates are per second. Null is what the gateway does not report, as nginx, or a latency where nothing was answered. */
export type WatchedTraffic = {
  readonly answeredPerSecond: number
  /** Of those: with a status of 5xx. */
  readonly failedPerSecond: number
  /** Of those that failed: by the limits of the gateway. */
  readonly refusedPerSecond: number | null
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly inFlight: number
  readonly waiting: number | null
}

/** Is told of each deploy that begins, and returns what is told of its events. */
export type FollowDeploy = (deploy: Omit<WatchedDeploy, 'id' | 'sinceMs'>) => (event: DeployEvent) => void
