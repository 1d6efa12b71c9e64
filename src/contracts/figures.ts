import type { InstanceName } from './instance-name.ts'
import type { LatencyBuckets } from './messages.ts'
import type { ModelVersion } from './model-version.ts'

/** Durations by the buckets of `LatencyHistogram`, and what they add up to. */
export type DurationFigures = { readonly sumMs: number; readonly buckets: LatencyBuckets }

/**
 * The requests to a route that were answered `by` the same. At the gateway that is the instance, or `gateway` if it answered by
 * itself; in a worker it is the way on which the request came. Method and path are empty for what no route is known for.
 */
export type RouteFigures<By extends string = AnsweredBy | CameBy> = {
  readonly method: string
  readonly path: string
  readonly by: By
  /** How many answers there were of each class: at 2 those of 200 to 299. */
  readonly answers: readonly number[]
  readonly durations: DurationFigures
}

export type AnsweredBy = InstanceName | 'gateway'
/** `link`: from the gateway; `port`: at the worker's own HTTP port. */
export type CameBy = 'link' | 'port'

/** What was asked of one version of a model. */
export type ModelFigures = ModelVersion & {
  /** How often it was asked for the labels of a text. */
  readonly predictions: number
  /** Of these: without a single word that the model knows. */
  readonly withoutKnownWord: number
  /** The words of all texts, and how many of them the model does not know. */
  readonly words: number
  readonly unknownWords: number
  /** The sum of the probabilities of the best labels. */
  readonly confidence: number
  /**
   * How often each label came first: the most frequent ones of the training data by their names, the rest together as `other`,
   * and `(none)` for texts that have no label.
   */
  readonly labels: readonly (readonly [label: string, count: number])[]
}

/**
 * What is counted without a duration, each with labels of its own:
 * - requests that were sent to another worker after a failure (`retried`), or while the first was late (`hedged`); answered 503 by
 *   the gateway's own limits (`refused`); answered by no instance (`lost`); whose client had disconnected (`abandoned`): none
 * - processor time, and time in which the event loop was busy, in ms; how often another process took a place because the one
 *   before had exited: the place
 * - deploys and rollbacks that have ended: model, action, outcome; gates: model, gate, outcome; bakes: model, outcome
 */
export type TallyName =
  | 'retried'
  | 'hedged'
  | 'refused'
  | 'lost'
  | 'abandoned'
  | 'cpuMs'
  | 'busyMs'
  | 'restarts'
  | 'deploys'
  | 'gates'
  | 'bakes'
export type Tally = { readonly name: TallyName; readonly labels: readonly string[]; readonly count: number }

/** What only grows. That of two processes, or of one before and after it was replaced, is added up by `addCounters`. */
export type Counters = {
  readonly gateway: readonly RouteFigures<AnsweredBy>[]
  readonly workers: Readonly<Record<InstanceName, readonly RouteFigures<CameBy>[]>>
  readonly models: readonly ModelFigures[]
  readonly tallies: readonly Tally[]
}

/** What a process uses of its machine. */
export type ProcessUsage = {
  /** Since it started: processor time, and time in which the event loop was busy. */
  readonly cpuMs: number
  readonly busyMs: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** By how much the event loop was late since the figures before, about a second ago. */
  readonly delay: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }
}

/** What a gateway has counted since it started, and how it is now. What nginx does not tell is left out. */
export type GatewayFigures = {
  readonly routes: readonly RouteFigures<AnsweredBy>[]
  readonly counts: Readonly<Partial<Record<'retried' | 'hedged' | 'refused' | 'lost' | 'abandoned', number>>>
  readonly queued?: number
  readonly instances: Readonly<
    Record<
      InstanceName,
      { readonly inFlight: number; readonly readyWorkers: number; readonly paused: boolean }
    >
  >
}

/** A version that a worker serves. */
export type ServedFigures = ModelVersion & {
  readonly sinceMs: number
  /** Left out if nothing was loaded for it. */
  readonly loadMs?: number
  readonly sizeBytes?: number
}

/** What a worker has counted since it started, and how it is now. */
export type WorkerFigures = {
  readonly instance: InstanceName
  readonly routes: readonly RouteFigures<CameBy>[]
  /** If the figures are not whole, only the versions that were asked since the figures before. */
  readonly models: readonly ModelFigures[]
  /** Versions that count no further in this process; if one is served again, it begins at zero. */
  readonly ended: readonly ModelVersion[]
  readonly served: readonly ServedFigures[]
  readonly inFlight: number
}

/**
 * The answer of every process to the command `figures`, whose `after` is the number of the figures before, if there are any.
 * It sends them once more by itself when it exits.
 */
export type ProcessFigures = {
  readonly number: number
  /** Whether everything is there, not only what has changed since the figures before. */
  readonly isWhole: boolean
  readonly pid: number
  readonly startedAtMs: number
  readonly usage: ProcessUsage
  readonly gateway?: GatewayFigures
  readonly worker?: WorkerFigures
}

/** A process of the stack as it was a moment ago. One that was replaced may still answer its last clients. */
export type LivingFigures = Omit<ProcessFigures, 'number' | 'isWhole'> & {
  /** Its place: `supervisor`, `gateway`, `primary-0`. */
  readonly process: string
  /** Null if the system does not tell. */
  readonly openFiles: number | null
}

/** The figures of a stack: what all of its processes, also those that have ended, have counted, and how those that live are. */
export type StackFigures = {
  readonly atMs: number
  readonly totals: Counters
  readonly living: readonly LivingFigures[]
}

/** Quantiles of durations; null if there were none. */
export type Quantiles = {
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

/** What the last second held. Counts are of that time, which is `durationMs` long. */
export type SecondFigures = {
  readonly atMs: number
  readonly durationMs: number
  /** Null if no process reported a gateway. What nginx does not tell is null. */
  readonly gateway:
    | (Quantiles & {
        /** Answers by who gave them and by class: at 2 those of 200 to 299. Empty with nginx. */
        readonly answers: Readonly<Record<AnsweredBy, readonly number[]>> | null
        readonly queued: number | null
        readonly retried: number | null
        readonly hedged: number | null
        readonly refused: number | null
        readonly lost: number | null
        readonly abandoned: number | null
      })
    | null
  readonly instances: Readonly<
    Record<
      InstanceName,
      Quantiles & { readonly answers: readonly number[]; readonly inFlight: number; readonly workers: number }
    >
  >
  /** The versions that are served, or were asked. */
  readonly models: readonly (ModelVersion & {
    readonly isServed: boolean
    readonly predictions: number
    readonly withoutKnownWord: number
    readonly labels: readonly (readonly [label: string, count: number])[]
    /** Null if nothing was asked. */
    readonly meanConfidence: number | null
    readonly unknownWordShare: number | null
  })[]
  readonly processes: readonly {
    readonly process: string
    readonly pid: number
    /** Of one processor. */
    readonly cpuShare: number
    readonly rssBytes: number
    readonly heapBytes: number
    readonly delay: ProcessUsage['delay']
    readonly openFiles: number | null
    /** Of its place, since the stack was started. */
    readonly restarts: number
  }[]
}

/** What the supervisor knows of a model beside what is counted. */
export type ModelFacts = {
  readonly model: string
  /** In the store, and what their files take. */
  readonly versions: number
  readonly sizeBytes: number
  /** Versions that cannot be served, since their files are not as they were published. */
  readonly damaged: number
  /** Since when the active version is active; null if none is. */
  readonly activeSinceMs: number | null
  /** When the newest version was trained: its own name if that is a time, otherwise when it was published. Null if there is none. */
  readonly trainedAtMs: number | null
  /** By the configuration; null if it does not say. */
  readonly staleAfterMs: number | null
}

/** What the supervisor knows of its store; some seconds old. */
export type StackFacts = {
  readonly models: readonly ModelFacts[]
  /** The file system of the store; null if it cannot be asked. */
  readonly disk: { readonly sizeBytes: number; readonly availableBytes: number } | null
  readonly isBusy: boolean
  /** By the configuration: what the p99 at the gateway should stay under. */
  readonly p99BudgetMs: number
}
