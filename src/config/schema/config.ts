import type { Static } from '#typebox'
import Type from '#typebox'

import { Control } from './control.ts'
import { Gates, Recording } from './gates.ts'
import { accessLogFormats, logFormats, logLevels } from './log.ts'
import { pathString } from './path.ts'
import { Tls } from './tls.ts'
import { Tracing } from './tracing.ts'

const SelfTest = Type.Object(
  {
    text: Type.String({ description: 'An utterance as callers send it.' }),
    label: Type.String({ description: 'The label that must come first, with its prefix: __label__name.' }),
  },
  { additionalProperties: false },
)

/** The ways to turn text into tokens, as configuration and commands name them. */
export const tokenizerNames = ['jieba', 'whitespace', 'characters', 'intl'] as const
export type TokenizerName = (typeof tokenizerNames)[number]

/** What a model may be called: its name is part of URLs, headers and paths. */
export const modelNamePattern = '^[A-Za-z0-9][A-Za-z0-9_-]*$'

/** The schema of one model of the configuration. */
export const ModelConfigSchema = Type.Object(
  {
    initial: Type.Optional(
      pathString({
        description: 'The file to publish and serve if the store has no active version yet.',
      }),
    ),
    tokenizer: Type.Optional(
      Type.Enum(tokenizerNames, {
        description: 'How text is turned into tokens; the same as in training.',
      }),
    ),
    mainDictionary: Type.Optional(
      pathString({
        description:
          'A dictionary in place of jieba’s own, as jieba’s set_dictionary takes it; for the tokenizer jieba.',
      }),
    ),
    userDictionaries: Type.Optional(
      Type.Array(pathString({}), {
        description:
          'Files with words of your own, as jieba’s load_userdict takes them; for the tokenizer jieba.',
      }),
    ),
    HMM: Type.Optional(
      Type.Boolean({
        description:
          'Whether words that the dictionary lacks are looked for, as jieba.cut’s HMM; for the tokenizer jieba.',
      }),
    ),
    stopWords: Type.Optional(
      Type.Array(pathString({}), {
        description: 'Files with words, one a line, that are left out of what a model reads.',
      }),
    ),
    sentenceVectors: Type.Optional(
      Type.Boolean({
        description:
          'Keeps what sentence vectors are computed from, even if a version would be smaller without it.',
      }),
    ),
    selfTest: Type.Array(SelfTest, {
      default: [],
      description: 'What a version must answer before it serves.',
    }),
    keep: Type.Integer({
      minimum: 1,
      default: 10,
      description:
        'How many of the newest versions stay in the store. The active, the previous and any version in use also stay.',
    }),
    gates: Gates,
    record: Type.Optional(Recording),
    staleAfterMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'How old the newest version may be before an alert is raised. The age counts from the training, if the version is named by its time, otherwise from the publication.',
      }),
    ),
  },
  { additionalProperties: false },
)

const Watch = Type.Object(
  {
    folder: pathString({ description: 'Where training drops <model>_<unix time>.bin or .ftz.' }),
    onArrival: Type.Enum(['deploy', 'publish'], {
      default: 'deploy',
      description: 'Whether the newest file is deployed, or only published.',
    }),
    settleMs: Type.Integer({
      minimum: 0,
      default: 5_000,
      description: 'How long a file’s size and time must stay the same before it is taken.',
    }),
    pollMs: Type.Integer({
      minimum: 10,
      default: 2_000,
      description: 'How often the folder is checked.',
    }),
  },
  { additionalProperties: false },
)

const Metrics = Type.Object(
  {
    bind: Type.String({
      description:
        'host:port of a port that has `GET /metrics` and nothing else; the host is an IP address or localhost.',
    }),
    insecure: Type.Boolean({
      default: false,
      description: 'Allows an address that other machines reach: the port asks nobody for a token.',
    }),
  },
  { additionalProperties: false },
)

const instanceSchema = (defaultBind: string) =>
  Type.Object(
    {
      bind: Type.String({ default: defaultBind, description: 'host:port of the instance’s own HTTP port.' }),
    },
    { additionalProperties: false, default: {} },
  )

const Cors = Type.Object(
  {
    origins: Type.Array(Type.String(), {
      minItems: 1,
      description: 'Whose pages may read answers: origins as browsers send them, or * alone for all.',
    }),
    headers: Type.Array(Type.String(), {
      default: ['content-type'],
      description: 'The headers that pages may send, besides those that they always may.',
    }),
    maxAgeSeconds: Type.Integer({
      minimum: 0,
      maximum: 86_400,
      default: 600,
      description: 'How long browsers may remember what is allowed.',
    }),
  },
  { additionalProperties: false },
)

const Gateway = Type.Object(
  {
    kind: Type.Enum(['own', 'nginx'], {
      default: 'own',
      description: 'What callers reach: `own`, this program itself, or `nginx`, which it runs.',
    }),
    bind: Type.String({ default: '0.0.0.0:8086', description: 'host:port for callers.' }),
    static: Type.Optional(pathString({ description: 'The folder served under /static/.' })),
    trustedProxies: Type.Array(Type.String(), {
      default: [],
      description:
        'Addresses and networks (CIDR) of proxies in front, whose word on who their clients are counts.',
    }),
    tls: Type.Optional(Tls),
    cors: Type.Optional(Cors),
    modelControl: Type.Boolean({
      default: false,
      description: 'Whether clients may load and unload models, as the repository extension has it.',
    }),
    answerTimeoutMs: Type.Integer({
      minimum: 1,
      default: 5_000,
      description:
        'How long a request may queue, and how long its answer may take. An answer that is late for its route is requested from the other instance sooner.',
    }),
    maxInFlight: Type.Integer({
      minimum: 1,
      default: 64,
      description: 'Maximum requests in flight per worker; the rest queue in the gateway.',
    }),
    maxWaiting: Type.Integer({
      minimum: 0,
      default: 1_024,
      description: 'Maximum requests that queue in the gateway; the rest are refused with 503.',
    }),
    maxWaitingBytes: Type.Integer({
      minimum: 0,
      default: 64 * 1024 * 1024,
      description: 'Maximum bytes that the bodies of queued requests take in memory.',
    }),
  },
  { additionalProperties: false, default: {} },
)

const Http = Type.Object(
  {
    headLimitBytes: Type.Integer({
      minimum: 1_024,
      maximum: 1 << 20,
      default: 16 * 1024,
      description: 'A longer request line is refused with 414, longer headers with 431.',
    }),
    maxHeaders: Type.Integer({
      minimum: 1,
      default: 100,
      description: 'A request with more headers is refused with 431.',
    }),
    headersTimeoutMs: Type.Integer({
      minimum: 1,
      default: 10_000,
      description: 'Request line and headers that take longer are refused with 408.',
    }),
    bodyTimeoutMs: Type.Integer({
      minimum: 1,
      default: 30_000,
      description: 'A body that takes longer is refused with 408.',
    }),
    sendTimeoutMs: Type.Integer({
      minimum: 1,
      default: 30_000,
      description: 'A client that takes longer to read its answer is disconnected.',
    }),
    keepAliveTimeoutMs: Type.Integer({
      minimum: 1,
      default: 75_000,
      description:
        'An idle connection is closed after this long; proxies in front should close theirs sooner.',
    }),
    maxConnections: Type.Integer({
      minimum: 1,
      default: 20_000,
      description: 'Maximum connections per process; the rest are closed at once.',
    }),
    maxBufferedBytes: Type.Integer({
      minimum: 1,
      default: 256 * 1024 * 1024,
      description:
        'Maximum memory that unanswered requests take in one process; further bodies are refused with 503.',
    }),
  },
  { additionalProperties: false, default: {} },
)

const Grpc = Type.Object(
  {
    bind: Type.String({ description: 'host:port where the gateway serves gRPC.' }),
    tls: Type.Optional(Tls),
  },
  { additionalProperties: false },
)

const Rollout = Type.Object(
  {
    bakeMs: Type.Integer({
      minimum: 0,
      default: 5_000,
      description: 'How long the primary is watched on live traffic before the backup follows.',
    }),
    stepTimeoutMs: Type.Integer({
      minimum: 1,
      default: 10_000,
      description: 'A step that takes longer has failed.',
    }),
    maxErrorRate: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.01,
      description:
        'The share of answers that may fail (5xx) during the bake. If significantly more fail, and more than before, the rollout is undone.',
    }),
    maxSlowdown: Type.Number({
      minimum: 1,
      default: 5,
      description: 'How many times as long the p99 may be during the bake, if it is over p99BudgetMs.',
    }),
    maxShift: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.25,
      description: 'The share of answers that may change to another label during the bake.',
    }),
    p99BudgetMs: Type.Number({
      minimum: 0,
      default: 50,
      description: 'While the p99 at the gateway is over this, publishing and warm-up are throttled.',
    }),
  },
  { additionalProperties: false, default: {} },
)

/** The schema of the configuration file: the one source of its type, its check, its defaults and its documentation. */
export const ConfigSchema = Type.Object(
  {
    service: Type.Optional(
      pathString({
        description:
          'The TypeScript or JavaScript file with the routes; without one only the protocols and the page are served.',
      }),
    ),
    models: Type.Record(Type.String({ pattern: modelNamePattern }), ModelConfigSchema, {
      additionalProperties: false,
      description: 'The models by name.',
    }),
    data: pathString({
      default: '.changeover',
      description: 'The folder of the store, and of the running processes’ sockets unless `run` is set.',
    }),
    run: Type.Optional(
      pathString({
        description: 'The folder for the sockets of the running processes; found automatically unless set.',
      }),
    ),
    primary: instanceSchema('127.0.0.1:5001'),
    backup: instanceSchema('127.0.0.1:5002'),
    workers: Type.Integer({
      minimum: 1,
      maximum: 256,
      default: 1,
      description: 'Worker processes per instance.',
    }),
    bodyLimitBytes: Type.Integer({
      minimum: 1,
      maximum: 1 << 30,
      default: 512 * 1024,
      description: 'A larger request body is refused with 413.',
    }),
    hangTimeoutMs: Type.Integer({
      minimum: 100,
      default: 10_000,
      description: 'A process that does not respond for this long is killed and restarted.',
    }),
    stopTimeoutMs: Type.Integer({
      minimum: 0,
      default: 10_000,
      description: 'How long a process may take to answer what is in flight when it is stopped.',
    }),
    shutdownDelayMs: Type.Integer({
      minimum: 0,
      maximum: 600_000,
      default: 0,
      description: 'How long health checks answer 503 before a stop, while requests are still served.',
    }),
    maxRequests: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'Replaces a worker after this many answers; 0 for never.',
    }),
    maxRequestsJitter: Type.Integer({
      minimum: 0,
      default: 0,
      description:
        'Up to this many more answers, drawn for each worker, so that not all are replaced at once.',
    }),
    logLevel: Type.Enum(logLevels, {
      default: 'info',
      description: 'What is logged: lines of this level and of those behind it.',
    }),
    logFormat: Type.Enum(logFormats, {
      default: 'auto',
      description:
        '`text` has one line a record for people, `json` one for programs; `auto` is text on a terminal, in systemd’s journal and in the file of --error-logfile.',
    }),
    accessLogFormat: Type.Enum(accessLogFormats, {
      default: 'gunicorn',
      description:
        '`gunicorn` writes the lines of gunicorn’s access log, with the query string; `json` has none.',
    }),
    http: Http,
    gateway: Gateway,
    grpc: Type.Optional(Grpc),
    metrics: Type.Optional(Metrics),
    control: Type.Optional(Control),
    rollout: Rollout,
    trustedKeys: Type.Array(pathString({}), {
      default: [],
      description: 'Public Ed25519 keys in PEM. If there are any, only versions signed by one of them serve.',
    }),
    watch: Type.Optional(Watch),
    tracing: Type.Optional(Tracing),
  },
  { additionalProperties: false },
)

/** The configuration with every default filled in and every path absolute. */
export type Config = Static<typeof ConfigSchema>
export type ModelConfig = Config['models'][string]
export type WatchConfig = NonNullable<Config['watch']>
export type HttpConfig = Config['http']
export type GatewayLimits = Pick<
  Config['gateway'],
  'answerTimeoutMs' | 'maxInFlight' | 'maxWaiting' | 'maxWaitingBytes'
>
export type SelfTestCase = Static<typeof SelfTest>
