import type { Static, TSchema, TUnknown, TUnsafe } from '#typebox'
import { Value } from '#typebox/value'

import type { Repeat, RouteTypes } from '../../contracts/index.ts'
import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import type { ExplainOptions, Explanation, Prediction } from '../../engine/fasttext/index.ts'
import type { TextOrWords } from '../../store/index.ts'
import type { Redact } from '../../traffic-sample/index.ts'
import { createParameterReader } from './read-parameters.ts'
import type { Reply } from './reply.ts'
import type { AnswerType, CarriedTypes, DeclaredRoute } from './route-types.ts'

/** A model as a route uses it; the version is the one that was active when the request began, until its answer is sent. */
export type ServedModel = {
  readonly version: string
  readonly labelCount: number
  /** The words of a raw text, as `top` and `predict` cut it: for jieba what `jieba.lcut` gives, white space too. */
  readonly cut: (text: string) => string[]
  /** The best label of a raw text, or of words, which are not cut; undefined where they have no known feature. */
  readonly top: (text: TextOrWords) => Prediction | undefined
  /** The `k` best labels (-1: all) of at least `threshold` probability, best first. */
  readonly predict: (text: TextOrWords, k?: number, threshold?: number) => Prediction[]
  /** Why a text has its labels: what each word, word pair and subword adds to their scores. */
  readonly explain: (text: TextOrWords, options?: ExplainOptions) => Explanation[]
  /** The mean of the rows of the text, one number a dimension; needs `sentenceVectors: true` in the configuration. */
  readonly sentenceVector: (text: TextOrWords) => Float32Array
}

/** Parameters as they are in a URL, of a route that has no schema for them. */
export type PathTexts = Readonly<Record<string, string | undefined>>
export type QueryTexts = Readonly<Record<string, string>>

/** What the function of `routes.predict` gets: nothing that differs between two requests with the same path and body. */
export type PredictRequest<Body, Params = PathTexts> = {
  /** The parsed JSON body, checked against the route's schema. */
  readonly body: Body
  readonly params: Params
  /** The served version of a model of the configuration. */
  readonly model: (name: string) => ServedModel
}

/** What the function of `routes.post` and `routes.get` gets. */
export type RouteRequest<Body, Params = PathTexts, Query = QueryTexts> = PredictRequest<Body, Params> & {
  readonly query: Query
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The request's `x-request-id`, which its answer and the access log have too; the same when the request is sent again. */
  readonly id: string
}

/** What a function returns, at once or later: what the `answer` schema of its route describes, or a `reply`. A string is sent as plain text, anything else as JSON. */
export type Result<Answer> = Answer | Reply | PromiseLike<Answer | Reply>

export type PredictHandler<Body, Answer = unknown, Params = PathTexts> = (
  request: PredictRequest<Body, Params>,
) => Result<Answer>
export type RouteHandler<Body, Answer = unknown, Params = PathTexts, Query = QueryTexts> = (
  request: RouteRequest<Body, Params, Query>,
) => Result<Answer>

type RouteOptions<Answer extends TSchema, Params extends TSchema> = {
  /** How long an answer may take before the gateway asks the other instance, if it may, or gives up. Unless given it follows from what the route's answers usually take. */
  readonly answerTimeoutMs?: number
  /** What the route answers with 200. It is documented, and checked in development: see `CHANGEOVER_CHECK_ANSWERS`. */
  readonly answer?: Answer
  /** The parameters in the path, an object: numbers and booleans of it are read from their texts. A misfit is answered with 400. */
  readonly params?: Params
}

type QueryOption<Query extends TSchema> = {
  /** The parameters after `?`, an object: numbers, booleans and lists of it are read from their texts. A misfit is answered with 400. */
  readonly query?: Query
}

/** A request that is safe to make at any time: each new process answers it several times to warm up. */
export type Example<Body> = { readonly body: Body; readonly params?: Readonly<Record<string, string>> }

export type PredictOptions<
  Body extends TSchema,
  Answer extends TSchema = TUnknown,
  Params extends TSchema = TUnsafe<PathTexts>,
> = RouteOptions<Answer, Params> & {
  readonly body: Body
  readonly examples?: readonly Example<Static<Body>>[]
}

export type PostOptions<
  Body extends TSchema,
  Answer extends TSchema = TUnknown,
  Params extends TSchema = TUnsafe<PathTexts>,
  Query extends TSchema = TUnsafe<QueryTexts>,
> = RouteOptions<Answer, Params> & QueryOption<Query> & { readonly body: Body }

export type GetOptions<
  Answer extends TSchema = TUnknown,
  Params extends TSchema = TUnsafe<PathTexts>,
  Query extends TSchema = TUnsafe<QueryTexts>,
  Retry extends boolean = boolean,
> = RouteOptions<Answer, Params> &
  QueryOption<Query> & {
    /** Whether a request is retried if its process dies, as HTTP allows for a GET. Default: true. */
    readonly retry?: Retry
  }

/**
 * The ways to declare a route. They differ in how often its function may run for one request. What they return is for a typed
 * client: `defineService` carries the types of the routes that its callback returns.
 */
export type Routes = {
  /**
   * A POST whose answer follows from the body and the models alone, so that its function may run more often than callers
   * ask: a request is sent again when a process dies on it or is late, and `examples` warm new processes.
   */
  readonly predict: <
    const Path extends string,
    Body extends TSchema,
    Handler extends PredictHandler<Static<Body>, Static<Answer>, Static<Params>>,
    Answer extends TSchema = TUnknown,
    Params extends TSchema = TUnsafe<PathTexts>,
  >(
    path: Path,
    options: PredictOptions<Body, Answer, Params>,
    handler: Handler,
  ) => DeclaredRoute<{
    kind: 'predict'
    path: Path
    body: Static<Body>
    params: Static<Params>
    query: undefined
    answer: AnswerType<Static<Answer>, Handler>
    retry: true
  }>
  /** A POST that does something: its function runs once for each request. If the process that has it dies, the caller gets 502. */
  readonly post: <
    const Path extends string,
    Body extends TSchema,
    Handler extends RouteHandler<Static<Body>, Static<Answer>, Static<Params>, Static<Query>>,
    Answer extends TSchema = TUnknown,
    Params extends TSchema = TUnsafe<PathTexts>,
    Query extends TSchema = TUnsafe<QueryTexts>,
  >(
    path: Path,
    options: PostOptions<Body, Answer, Params, Query>,
    handler: Handler,
  ) => DeclaredRoute<{
    kind: 'post'
    path: Path
    body: Static<Body>
    params: Static<Params>
    query: Static<Query>
    answer: AnswerType<Static<Answer>, Handler>
    retry: false
  }>
  /** A GET, also of HEAD: a request is sent again if the process that had it dies, unless `retry` is false. */
  readonly get: {
    <const Path extends string, Handler extends RouteHandler<undefined>>(
      path: Path,
      handler: Handler,
    ): DeclaredRoute<{
      kind: 'get'
      path: Path
      body: undefined
      params: PathTexts
      query: QueryTexts
      answer: AnswerType<unknown, Handler>
      retry: true
    }>
    <
      const Path extends string,
      Handler extends RouteHandler<undefined, Static<Answer>, Static<Params>, Static<Query>>,
      Answer extends TSchema = TUnknown,
      Params extends TSchema = TUnsafe<PathTexts>,
      Query extends TSchema = TUnsafe<QueryTexts>,
      Retry extends boolean = true,
    >(
      path: Path,
      options: GetOptions<Answer, Params, Query, Retry>,
      handler: Handler,
    ): DeclaredRoute<{
      kind: 'get'
      path: Path
      body: undefined
      params: Static<Params>
      query: Static<Query>
      answer: AnswerType<Static<Answer>, Handler>
      retry: Retry
    }>
  }
}

export type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly repeat: Repeat
  readonly answerTimeoutMs: number | undefined
  readonly bodySchema: TSchema | undefined
  readonly answerSchema: TSchema | undefined
  readonly paramsSchema: TSchema | undefined
  readonly querySchema: TSchema | undefined
  readonly examples: readonly Example<unknown>[]
  readonly handler: (request: never) => unknown
}

/** What a service file exports by default; with the types of its routes if its callback returned them. */
export type Service<Types extends RouteTypes = RouteTypes> = {
  readonly routes: readonly Route[]
  readonly redact: Redact
  /** For the compiler alone. */
  readonly '~types'?: Types
}

export type ServiceOptions = {
  /** Removes from a text what its record must not keep; undefined leaves the text out. Without it texts are kept unchanged. */
  readonly redact?: Redact
}

type Kind = {
  readonly method: Route['method']
  readonly repeat: (options: AnyOptions) => Repeat
  /** The options that it takes. */
  readonly options: readonly (keyof AnyOptions)[]
}

/** What any kind of route may have. */
type AnyOptions = {
  readonly body?: TSchema
  readonly answer?: TSchema
  readonly params?: TSchema
  readonly query?: TSchema
  readonly examples?: readonly Example<unknown>[]
  readonly answerTimeoutMs?: number
  readonly retry?: boolean
}

const kinds: Readonly<Record<keyof Routes, Kind>> = {
  predict: {
    method: 'POST',
    repeat: () => 'freely',
    options: ['body', 'answer', 'params', 'examples', 'answerTimeoutMs'],
  },
  post: {
    method: 'POST',
    repeat: () => 'never',
    options: ['body', 'answer', 'params', 'query', 'answerTimeoutMs'],
  },
  get: {
    method: 'GET',
    repeat: ({ retry = true }) => (retry ? 'on-failure' : 'never'),
    options: ['answer', 'params', 'query', 'retry', 'answerTimeoutMs'],
  },
}

/**
 * Declares a service: routes and the functions behind them. The models are loaded by the program, never by a route. A callback
 * that returns its routes, as a list or the only one, gives their types to a typed client. Throws `service_invalid` for options
 * that no route has, and for examples that do not fit the schemas.
 */
export function defineService<Declared>(
  declare: (routes: Routes) => Declared,
  { redact = (text) => text }: ServiceOptions = {},
): Service<CarriedTypes<Declared>> {
  const routes: Route[] = []
  const add =
    (kind: keyof Routes) =>
    (path: string, ...rest: readonly unknown[]): DeclaredRoute<never> => {
      const [options, handler] = (rest.length === 1 ? [{}, rest[0]] : rest) as [AnyOptions, Route['handler']]
      routes.push(createRoute(kind, path, options, handler))
      return {}
    }
  declare({ predict: add('predict'), post: add('post'), get: add('get') })
  return { routes, redact }
}

function createRoute(
  kind: keyof Routes,
  path: string,
  options: AnyOptions,
  handler: Route['handler'],
): Route {
  refuseOptions(kind, path, options)
  const { body, answer, params, query, examples = [], answerTimeoutMs } = options
  if (body !== undefined) requireFit(path, body, params, examples)
  return {
    method: kinds[kind].method,
    path,
    repeat: kinds[kind].repeat(options),
    answerTimeoutMs,
    bodySchema: body,
    answerSchema: answer,
    paramsSchema: params,
    querySchema: query,
    examples,
    handler,
  }
}

function refuseOptions(kind: keyof Routes, path: string, options: AnyOptions): void {
  const known: readonly string[] = kinds[kind].options
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

function requireFit(
  path: string,
  body: TSchema,
  params: TSchema | undefined,
  examples: readonly Example<unknown>[],
): void {
  const readParams = params === undefined ? undefined : createParameterReader(params, 'path')
  for (const [index, example] of examples.entries()) {
    const what = `example ${index + 1} of routes.predict('${path}')`
    if (!Value.Check(body, example.body))
      throw new ChangeoverError('service_invalid', `${what} does not fit the schema of its body`)
    try {
      readParams?.(example.params ?? {})
    } catch (error) {
      throw new ChangeoverError('service_invalid', `${what} does not fit: ${toMessage(error)}`, {
        cause: error,
      })
    }
  }
}
