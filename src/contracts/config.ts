import Type from 'typebox'
import type { Static } from 'typebox'

import { Gates, Recording } from './config-gates.ts'

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

/** The schema of one model of the configuration. */
export const ModelConfigSchema = Type.Object(
  {
    initial: Type.Optional(
      Type.String({
        description: 'The file to publish and serve where the store has no active version yet.',
      }),
    ),
    tokenizer: Type.Optional(
      Type.Enum(tokenizerNames, {
        description: 'How text is turned into tokens; the same as in training.',
      }),
    ),
    userDictionaries: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Files with words of your own, as jieba’s load_userdict takes them; for the tokenizer jieba.',
      }),
    ),
    sentenceVectors: Type.Optional(
      Type.Boolean({
        description: 'Keeps what sentence vectors are made of, where a version would be smaller without.',
      }),
    ),
    selfTest: Type.Array(SelfTest, {
      default: [],
      description: 'What a version must answer before it serves.',
    }),
    gates: Gates,
    record: Type.Optional(Recording),
  },
  { additionalProperties: false },
)

const Instance = (defaultBind: string) =>
  Type.Object(
    {
      bind: Type.String({ default: defaultBind, description: 'host:port of the instance’s own HTTP port.' }),
    },
    { additionalProperties: false, default: {} },
  )

const Gateway = Type.Object(
  {
    bind: Type.String({ default: '0.0.0.0:8086', description: 'host:port of the front door.' }),
    static: Type.Optional(Type.String({ description: 'The folder served under /static/.' })),
    answerTimeoutMs: Type.Integer({
      minimum: 1,
      default: 5_000,
      description: 'An answer later than this is asked of the other instance (pure routes) or given up.',
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
      description: 'A client that takes longer to accept its answer is disconnected.',
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
      description: 'Connections of one process; further ones are closed at once.',
    }),
  },
  { additionalProperties: false, default: {} },
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
      description: 'The share of failed answers (5xx) during the bake that undoes a rollout when exceeded.',
    }),
  },
  { additionalProperties: false, default: {} },
)

/** The schema of the configuration file: the one source of its type, its check, its defaults and its documentation. */
export const ConfigSchema = Type.Object(
  {
    service: Type.String({ description: 'The TypeScript or JavaScript file with the routes.' }),
    models: Type.Record(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$' }), ModelConfigSchema, {
      additionalProperties: false,
      description: 'The models by name.',
    }),
    data: Type.String({
      default: '.changeover',
      description: 'The folder of the store and of the running processes’ sockets.',
    }),
    primary: Instance('127.0.0.1:5001'),
    backup: Instance('127.0.0.1:5002'),
    workers: Type.Integer({
      minimum: 1,
      maximum: 256,
      default: 1,
      description: 'Worker processes an instance.',
    }),
    bodyLimitBytes: Type.Integer({
      minimum: 1,
      maximum: 1 << 30,
      default: 512 * 1024,
      description: 'A larger request body is refused with 413.',
    }),
    http: Http,
    gateway: Gateway,
    rollout: Rollout,
  },
  { additionalProperties: false },
)

/** The configuration with every default filled in and every path absolute. */
export type Config = Static<typeof ConfigSchema>
export type ModelConfig = Config['models'][string]
export type HttpConfig = Config['http']
export type SelfTestCase = Static<typeof SelfTest>
