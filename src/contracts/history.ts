import type { BakeReport } from './bake.ts'
import type { ErrorReport } from './errors.ts'
import type { GateOutcome, Overridable } from './gates.ts'

/** Latencies at the gateway, from a request's last byte to its answer; null if none was answered. */
export type Latency = { readonly p50Ms: number | null; readonly p99Ms: number | null }

/** What the gateway did with the requests of some time. `refused`: 503 by its own limits; `lost`: neither instance answered; null if nginx is the gateway, which does not report it. */
export type TrafficFigures = Latency & {
  readonly accepted: number | null
  readonly answered: number
  readonly refused: number | null
  readonly lost: number | null
  /** The longest time in which requests waited and none was answered; null if none came. */
  readonly longestGapMs: number | null
}

/** What a rollout cost the callers that were served during it. A part is null if the gateway did not answer. */
export type Receipt = {
  readonly before: TrafficFigures | null
  readonly during: TrafficFigures | null
  readonly after: TrafficFigures | null
  /** The result of watching the version; left out if it was not watched. */
  readonly bake?: BakeReport
  /** The proportional set size of all processes of the stack, in bytes. */
  readonly memoryBytes: { readonly before: number; readonly after: number }
  readonly steps: readonly {
    readonly step: string
    readonly state: 'done' | 'failed'
    readonly durationMs: number
    /** What the step found, if it checks the version; left out by older builds. */
    readonly outcome?: GateOutcome
  }[]
}

/** One line of the store's history: what was done, by whom, and the result. */
export type HistoryEntry = {
  readonly atMs: number
  /** `unload`, `reload`, `log-level` and `stop` are recorded if another machine asked for them. */
  readonly action: 'publish' | 'deploy' | 'rollback' | 'remove' | 'unload' | 'reload' | 'log-level' | 'stop'
  /** Empty for a reload, a log level and a stop, which are of the whole stack. */
  readonly model: string
  /** Empty if none was named. */
  readonly version: string
  /** The version that was active before; null if there was none. */
  readonly from: string | null
  /** The user of the machine who asked for it, or the name of the token by which it was asked for. */
  readonly by: string
  /** From where, if it was asked for over TCP. */
  readonly address?: string
  readonly why?: string
  /** What failed and was overridden by `--force`. */
  readonly overrode?: readonly Overridable[]
  /** `interrupted`: the supervisor exited in the middle of it, and the next one cleaned up. */
  readonly outcome: 'done' | 'failed' | 'interrupted'
  readonly error?: ErrorReport
  readonly receipt?: Receipt
}

/** What to show of a history: up to `count` entries, the latest; of one model if it is named. */
export type HistoryQuery = { readonly count: number; readonly model?: string }
