import type {
  Config,
  GatewayLimits,
  HttpConfig,
  Recording,
  SelfTestCase,
  TokenizerName,
  Tracing,
} from '../config/schema/index.ts'
import type { ErrorReport } from './errors.ts'
import type { Latency, TrafficFigures } from './history.ts'
import type { InstanceName } from './instance-name.ts'
import type { LogFiles, LogLevel, LogSettings } from './log.ts'
import type { ModelVersion } from './model-version.ts'

/** The listening sockets of a stack. Every process holds all of them, so that any of them can start another. */
export type ListeningName = 'gateway' | 'grpc' | InstanceName

/** How a worker or a gateway is started; sent over the process's IPC channel, after the listening sockets. */
export type WorkerStart = {
  readonly kind: 'worker'
  /** The place that it takes in its stack: `primary-0`. */
  readonly name: string
  readonly runFolder: string
  readonly instance: InstanceName
  readonly workerIndex: number
  /** Undefined: there are no routes but those of the protocols. */
  readonly servicePath: string | undefined
  readonly storePath: string
  readonly bodyLimitBytes: number
  readonly http: HttpConfig
  readonly stopTimeoutMs: number
  readonly logFiles: LogFiles
  /** Builds before `logLevel` do not send it. */
  readonly logSettings?: LogSettings
  /** Undefined if requests are not traced. */
  readonly tracing?: Tracing
  readonly versions: readonly ModelVersion[]
  /** Whether it stops when the process that started it ends. */
  readonly endsWithParent: boolean
  /** Paths of public keys; where there are some, one of them must have signed each version that is loaded. */
  readonly trustedKeys: readonly string[]
  /** Proxies that say who their clients are. Builds before `gateway.trustedProxies` do not send it. */
  readonly trustedProxies?: readonly string[]
  /** What is recorded of the texts that models are asked; undefined if nothing is. */
  readonly record:
    { readonly recordFolder: string; readonly models: Readonly<Record<string, Recording>> } | undefined
}

export type GatewayStart = {
  readonly kind: 'gateway'
  readonly name: 'gateway'
  readonly runFolder: string
  readonly workerSockets: Readonly<Record<InstanceName, readonly string[]>>
  readonly bodyLimitBytes: number
  readonly http: HttpConfig
  readonly stopTimeoutMs: number
  readonly logFiles: LogFiles
  /** As in `WorkerStart`. */
  readonly logSettings?: LogSettings
  readonly tracing?: Tracing
  readonly limits: GatewayLimits
  readonly staticFolder: string | undefined
  /** As in `WorkerStart`. */
  readonly trustedProxies?: readonly string[]
  readonly cors?: Config['gateway']['cors']
  readonly modelControl?: boolean
  /** Left out if HTTP is served without TLS. */
  readonly tls?: TlsMaterial
  /** The same for gRPC. */
  readonly grpcTls?: TlsMaterial
  readonly endsWithParent: boolean
}

/**
 * What a port with TLS uses, in PEM: read once, so that a process that is restarted while the files are being replaced uses
 * what the others use. With `ca`, clients must show a certificate.
 */
export type TlsMaterial = { readonly cert: string; readonly key: string; readonly ca?: string }

/** nginx as the gateway, and the process that manages it. */
export type NginxStart = Pick<Config, 'gateway' | 'http' | 'bodyLimitBytes'> &
  Pick<
    GatewayStart,
    'name' | 'runFolder' | 'workerSockets' | 'stopTimeoutMs' | 'logFiles' | 'logSettings' | 'endsWithParent'
  > & { readonly kind: 'nginx' }

export type ProcessStart = WorkerStart | GatewayStart | NginxStart

/** What a started process answers over its IPC channel, once. */
export type StartResult = { readonly ready: true } | { readonly ready: false; readonly error: ErrorReport }

/** The first message of a worker on every link. */
export type WorkerHello = {
  /** The version of the link's protocol that it speaks; absent in builds before 1. */
  readonly protocol?: number
  readonly pid: number
  readonly routes: readonly RouteSummary[]
}

/**
 * Whether a request to a route may be sent again although a worker may have carried it out: `freely`, since that is harmless;
 * `on-failure`, as HTTP has it for a GET (RFC 9110, 9.2.2), when a connection has failed; or `never`.
 */
export type Repeat = 'freely' | 'on-failure' | 'never'

export type RouteSummary = {
  readonly method: string
  readonly path: string
  readonly repeat: Repeat
  /** How long an answer may take, if the service sets it. */
  readonly answerTimeoutMs: number | undefined
  /** A route of a protocol that the program speaks by itself; those of the service come first. */
  readonly isBuiltIn?: true
}

/** Every process can start another one from the module `entry`; it answers with its process id when that is ready. */
export type SpawnCommand = { readonly do: 'spawn'; readonly entry: string; readonly start: ProcessStart }

/** `stop` answers what is in flight and exits; `retire` also leaves idle clients their time, since another process has taken its place. */
export type EndCommand = { readonly do: 'stop' } | { readonly do: 'retire' }

/** Makes a process reopen its log files, after something has moved them away. */
export type ReopenLogsCommand = { readonly do: 'reopenLogs' }

/** Has a process log lines of this level and of those behind it, from now on. */
export type LogLevelCommand = { readonly do: 'setLogLevel'; readonly level: LogLevel }

/**
 * What is sent before the stack stops. `announceStop` has health checks answered 503, and requests as before; by `releaseSockets`
 * the process closes the listening sockets that it only keeps for others, so that the kernel refuses new connections.
 */
export type StopCommand = { readonly do: 'announceStop' } | { readonly do: 'releaseSockets' }

/** The commands that every process of a stack carries out. */
export type ProcessCommand = SpawnCommand | EndCommand | ReopenLogsCommand | LogLevelCommand | StopCommand

/**
 * The commands of the supervisor to a worker. `load` to `selfTest` act on the candidate, which serves no request before `activate`;
 * `restore` serves the given version at once, or none if it is null, and drops the candidate. While it is paused, a worker
 * answers 503 on its HTTP port.
 */
export type WorkerCommand =
  | { readonly do: 'status' }
  | { readonly do: 'labelCounts'; readonly model: string }
  | { readonly do: 'load'; readonly target: ModelVersion }
  | { readonly do: 'warm'; readonly cases: readonly SelfTestCase[] }
  | { readonly do: 'selfTest'; readonly cases: readonly SelfTestCase[] }
  | { readonly do: 'activate' }
  | { readonly do: 'restore'; readonly model: string; readonly version: string | null }
  | { readonly do: 'discard' }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  | ProcessCommand

export type ServedVersion = ModelVersion & { readonly sinceMs: number }

export type WorkerStatus = {
  readonly pid: number
  readonly startedAtMs: number
  /** Where the process listens for HTTP: `http://host:port`. */
  readonly address: string
  readonly served: readonly ServedVersion[]
  readonly inFlight: number
  /** Since it started. */
  readonly answered: number
  readonly paused: boolean
  readonly port: PortFigures
  readonly routes: readonly RouteSummary[]
}

/**
 * The answer to `labelCounts`: how often each label came first lately at the version of a model that is served. Labels are
 * hashes of their texts, at most some thousand for any model: if there are more, several share
 * a number.
 */
export type LabelTally = {
  readonly version: string
  readonly isShared: boolean
  readonly counts: readonly (readonly [label: number, count: number])[]
}

/** The buckets of a histogram that are not empty, by their numbers, with their counts. */
export type LatencyBuckets = readonly (readonly [bucket: number, count: number])[]

/** What a worker has answered on its HTTP port since it started, by how long that took; `failed` of it is 5xx. */
export type PortFigures = {
  readonly failed: number
  readonly latency: LatencyBuckets
}

/** `measure` gives what has passed since the last `measure`, and starts again; `meters` is what the next gateway continues from. */
export type GatewayCommand =
  | { readonly do: 'status' }
  | { readonly do: 'meters' }
  | { readonly do: 'measure' }
  | { readonly do: 'pause'; readonly instance: InstanceName; readonly timeoutMs: number }
  | { readonly do: 'resume'; readonly instance: InstanceName }
  | ProcessCommand

export type InstanceTraffic = {
  readonly paused: boolean
  readonly readyWorkers: number
  readonly inFlight: number
  readonly answered: number
  readonly failed: number
  readonly latest: LatestAnswers
}

/** An instance's latest answers since it was last resumed, some ten thousand at most. */
export type LatestAnswers = {
  readonly answered: number
  readonly failed: number
  /** Null if nothing was answered. */
  readonly p99Ms: number | null
}

/** The answer to `meters`: the latest answers of both instances, from which the next gateway continues to count. */
export type InstanceMeters = Readonly<Record<InstanceName, PortFigures>>

export type GatewayStatus = {
  readonly pid: number
  readonly startedAtMs: number
  readonly address: string
  /** Where it listens for gRPC: `host:port`; left out if it does not. */
  readonly grpcAddress?: string
  /** Null if nginx is the gateway, which does not report it. */
  readonly waiting: number | null
  readonly retried: number | null
  readonly refused: number | null
  readonly lost: number | null
  /** Of the last second or two. */
  readonly latest: Latency
  /** Of the last ten seconds. */
  readonly recent: TrafficFigures
  readonly instances: Readonly<Record<InstanceName, InstanceTraffic>>
}

/** The answer to `measure`; `recent` is of the last seconds before. */
export type GatewayMeasurement = { readonly window: TrafficFigures; readonly recent: TrafficFigures }

/** How texts become tokens; files by their paths, in the order in which they are loaded. */
export type TokenizerSettings = {
  readonly tokenizer: TokenizerName
  /** In place of jieba's own, as `jieba.set_dictionary` takes it. */
  readonly mainDictionary?: string
  /** With words to add, as `jieba.load_userdict` takes them. */
  readonly userDictionaries?: readonly string[]
  /** Whether jieba looks for words that its dictionary lacks. Default: true. */
  readonly hmm?: boolean
  /** With words to leave out, one a line. */
  readonly stopWords?: readonly string[]
}

/** How a publisher is started. */
export type PublishStart = ModelVersion &
  TokenizerSettings & {
    readonly storePath: string
    readonly file: string
    readonly sentenceVectors: boolean
    readonly by: string
    readonly note?: string
    readonly meta?: Readonly<Record<string, string>>
  }

export type PublishMessage =
  { readonly type: 'published' } | { readonly type: 'failed'; readonly error: ErrorReport }
