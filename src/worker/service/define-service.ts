import type { Static, TSchema } from '#typebox'
import { Value } from '#typebox/value'

import type { Repeat } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { ExplainOptions, Explanation, Prediction } from '../../engine/fasttext/index.ts'
import type { Redact } from '../../traffic-sample/index.ts'

/** A model as a route uses it; the version is the one that was active when the request began, until its answer is sent. */
export type ServedModel = {
  readonly version: string
  readonly labelCount: number
  /** The best label of a raw text, or undefined where it has no known feature. */
  readonly top: (text: string) => Prediction | undefined
  /** The `k` best labels (-1: all) of at least `threshold` probability, best first. */
  readonly predict: (text: string, k?: number, threshold?: number) => Prediction[]
  /** Why a text has its labels: what each word, word pair and subword adds to their scores. */
  readonly explain: (text: string, options?: ExplainOptions) => Explanation[]
  /** The mean of the rows of the raw text, one number a dimension; needs `sentenceVectors: true` in the configuration. */
  readonly sentenceVector: (text: string) => Float32Array
}

/** What the function of `routes.predict` gets: nothing that differs between two requests with the same path and body. */
export type PredictRequest<Body> = {
  /** The parsed JSON body, checked against the route's schema. */
  readonly body: Body
  readonly params: Readonly<Record<string, string | undefined>>
  /** The served version of a model of the configuration. */
  readonly model: (name: string) => ServedModel
}

/** What the function of `routes.post` and `routes.get` gets. */
export type RouteRequest<Body> = PredictRequest<Body> & {
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The request's `x-request-id`, which its answer and the access log have too; the same when the request is sent again. */
  readonly id: string
}

/** A string is sent as plain text, anything else as JSON. */
export type PredictHandler<Body> = (request: PredictRequest<Body>) => unknown
export type RouteHandler<Body> = (request: RouteRequest<Body>) => unknown

type Timed = {
  /** How long an answer may take before the gateway asks the other instance, if it may, or gives up. Unless given it follows from what the route's answers usually take. */
  readonly answerTimeoutMs?: number
}

export type PostOptions<Schema extends TSchema> = Timed & { readonly body: Schema }

/** A request that is safe to make at any time: each new process answers it several times to warm up. */
export type Example<Body> = { readonly body: Body; readonly params?: Readonly<Record<string, string>> }

export type PredictOptions<Schema extends TSchema> = PostOptions<Schema> & {
  readonly examples?: readonly Example<Static<Schema>>[]
}

export type GetOptions = Timed & {
  /** Whether a request is retried if its process dies, as HTTP allows for a GET. Default: true. */
  readonly retry?: boolean
}

/** The ways to declare a route. They differ in how often its function may run for one request. */
export type Routes = {
  /**
   * A POST whose answer follows from the body and the models alone, so that its function may run more often than callers
   * ask: a request is sent again when a process dies on it or is late, and `examples` warm new processes.
   */
  readonly predict: <Schema extends TSchema>(
    path: string,
    options: PredictOptions<Schema>,
    handler: PredictHandler<Static<Schema>>,
  ) => void
  /** A POST that does something: its function runs once for each request. If the process that has it dies, the caller gets 502. */
  readonly post: <Schema extends TSchema>(
    path: string,
    options: PostOptions<Schema>,
    handler: RouteHandler<Static<Schema>>,
  ) => void
  /** A GET, also of HEAD: a request is sent again if the process that had it dies, unless `retry` is false. */
  readonly get: {
    (path: string, handler: RouteHandler<undefined>): void
    (path: string, options: GetOptions, handler: RouteHandler<undefined>): void
  }
}

export type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly repeat: Repeat
  readonly answerTimeoutMs: number | undefined
  readonly bodySchema: TSchema | undefined
  readonly examples: readonly Example<unknown>[]
  readonly handler: RouteHandler<never>
}

/** What a service file exports by default. */
export type Service = { readonly routes: readonly Route[]; readonly redact: Redact }

export type ServiceOptions = {
  /** Removes from a text what its record must not keep; undefined leaves the text out. Without it texts are kept unchanged. */
  readonly redact?: Redact
}

/**
 * Declares a service: routes and the functions behind them. The models are loaded by the program, never by a route. Throws
 * `service_invalid` for options that no route has, and for examples that do not fit the schema.
 */
export function defineService(
  declare: (routes: Routes) => void,
  { redact = (text) => text }: ServiceOptions = {},
): Service {
  const routes: Route[] = []
  declare({
    predict: (path, options, handler) => {
      refuseOptions('predict', path, options, ['body', 'examples', 'answerTimeoutMs'])
      const { body, examples = [], answerTimeoutMs } = options
      requireFit(path, body, examples)
      routes.push({
        method: 'POST',
        path,
        repeat: 'freely',
        answerTimeoutMs,
        bodySchema: body,
        examples,
        handler,
      })
    },
    post: (path, options, handler) => {
      refuseOptions('post', path, options, ['body', 'answerTimeoutMs'])
      const { body, answerTimeoutMs } = options
      routes.push({
        method: 'POST',
        path,
        repeat: 'never',
        answerTimeoutMs,
        bodySchema: body,
        examples: [],
        handler,
      })
    },
    get: (path: string, ...rest: readonly unknown[]) => {
      const [options, handler] = (rest.length === 1 ? [{}, rest[0]] : rest) as [
        GetOptions,
        RouteHandler<undefined>,
      ]
      refuseOptions('get', path, options, ['retry', 'answerTimeoutMs'])
      const { retry = true, answerTimeoutMs } = options
      const repeat = retry ? 'on-failure' : 'never'
      routes.push({
        method: 'GET',
        path,
        repeat,
        answerTimeoutMs,
        bodySchema: undefined,
        examples: [],
        handler,
      })
    },
  })
  return { routes, redact }
}

function refuseOptions(kind: keyof Routes, path: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown === undefined) return
  const advice =
    unknown === 'pure'
      ? 'write routes.predict for a route whose answer follows from its body and the models alone, and routes.post for one whose function must run once for each request'
      : `it takes ${known.join(', ')}`
  throw new ChangeoverError(
    'service_invalid',
    `routes.${kind}('${path}') does not take ${unknown}: ${advice}`,
  )
}

function requireFit(path: string, schema: TSchema, examples: readonly Example<unknown>[]): void {
  const misfit = examples.findIndex(({ body }) => !Value.Check(schema, body))
  if (misfit < 0) return
  throw new ChangeoverError(
    'service_invalid',
    `example ${misfit + 1} of routes.predict('${path}') does not fit the schema of its body`,
  )
}
