import type { Recording } from './config-gates.ts'
import type { HttpConfig, SelfTestCase, TokenizerName } from './config.ts'
import type { ErrorReport } from './errors.ts'
import type { InstanceName } from './instance-name.ts'

/** A version of a model, told apart from all others. */
export type ModelVersion = { readonly model: string; readonly version: string }

/** `name_question@1591259822`: how a version is written in logs, headers and commands. */
export function formatModelVersion({ model, version }: ModelVersion): string {
  return `${model}@${version}`
}

/** How a worker or a gateway is started; sent once over the process's IPC channel, with the listening socket beside it. */
export type WorkerStart = {
  readonly kind: 'worker'
  readonly instance: InstanceName
  readonly workerIndex: number
  readonly socketPath: string
  readonly servicePath: string
  readonly storePath: string
  readonly bodyLimitBytes: number
  readonly http: HttpConfig
  readonly versions: readonly ModelVersion[]
  /** What is recorded of the texts that models are asked; undefined where nothing is. */
  readonly record:
    { readonly recordFolder: string; readonly models: Readonly<Record<string, Recording>> } | undefined
}

export type GatewayStart = {
  readonly kind: 'gateway'
  readonly socketPath: string
  readonly workerSockets: Readonly<Record<InstanceName, readonly string[]>>
  readonly bodyLimitBytes: number
  readonly http: HttpConfig
  readonly answerTimeoutMs: number
  readonly staticFolder: string | undefined
}

/** What a started process answers over its IPC channel, once. */
export type StartResult = { readonly ready: true } | { readonly ready: false; readonly error: ErrorReport }

/** What a worker says first on every link. */
export type WorkerHello = {
  readonly pid: number
  readonly impureRoutes: readonly { readonly method: string; readonly path: string }[]
}

/**
 * What the supervisor asks of a worker. `load` to `selfTest` act on the candidate, which serves nobody before `activate`;
 * `restore` serves the given version at once, or none where it is null, and drops the candidate.
 */
export type WorkerCommand =
  | { readonly do: 'status' }
  | { readonly do: 'load'; readonly target: ModelVersion }
  | { readonly do: 'warm'; readonly cases: readonly SelfTestCase[] }
  | { readonly do: 'selfTest'; readonly cases: readonly SelfTestCase[] }
  | { readonly do: 'activate' }
  | { readonly do: 'restore'; readonly model: string; readonly version: string | null }
  | { readonly do: 'discard' }
  | { readonly do: 'stop' }

export type ServedVersion = ModelVersion & { readonly sinceMs: number }

export type WorkerStatus = {
  readonly pid: number
  readonly startedAtMs: number
  readonly served: readonly ServedVersion[]
  readonly inFlight: number
  readonly routes: readonly { readonly method: string; readonly path: string }[]
}

export type GatewayCommand =
  | { readonly do: 'status' }
  | { readonly do: 'pause'; readonly instance: InstanceName }
  | { readonly do: 'resume'; readonly instance: InstanceName }
  | { readonly do: 'stop' }

export type InstanceTraffic = {
  readonly paused: boolean
  readonly readyWorkers: number
  readonly inFlight: number
  readonly answered: number
  readonly failed: number
}

export type GatewayStatus = {
  readonly pid: number
  readonly startedAtMs: number
  readonly retried: number
  readonly refused: number
  readonly instances: Readonly<Record<InstanceName, InstanceTraffic>>
}

/** How a publishing process is started. */
export type PublishStart = ModelVersion & {
  readonly storePath: string
  readonly file: string
  readonly tokenizer: TokenizerName
  /** The paths of the user dictionaries, in the order in which they are loaded. */
  readonly userDictionaries: readonly string[]
  readonly sentenceVectors: boolean
}

export type PublishMessage =
  { readonly type: 'published' } | { readonly type: 'failed'; readonly error: ErrorReport }
