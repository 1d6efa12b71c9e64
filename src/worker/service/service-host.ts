import { performance } from 'node:perf_hooks'

import type { HTTPMethod } from 'find-my-way'
import findMyWay from 'find-my-way'

import type { CameBy, Log } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { Answer } from '../../http/index.ts'
import { findHeader, joinHeaders, makeRequestId, problemAnswer, splitHeaders } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'
import type { MetersOfRoute } from '../../metrics/index.ts'
import { RouteMeters } from '../../metrics/index.ts'
import type { ProtocolRoute } from '../../protocols/index.ts'
import type { Span } from '../../tracing/index.ts'
import type { AskedModels, VersionHeaders } from '../asked-models.ts'
import type { ModelSnapshot, ServedModels } from '../served-models.ts'
import { checkAnswers as withAnswerCheck } from './check-answers.ts'
import type { PredictRequest, Route, RouteRequest, Service } from './define-service.ts'
import { FailureLog } from './failure-log.ts'
import { isThenable } from './is-thenable.ts'
import type { ParseBody } from './parse-body.ts'
import { createBodyParser } from './parse-body.ts'
import { ProtocolRoutes } from './protocol-routes.ts'
import type { ReadParameters } from './read-parameters.ts'
import { createParameterReader } from './read-parameters.ts'
import { HttpError } from './reply.ts'
import { toAnswer, toErrorAnswer } from './to-answer.ts'
import { withBody } from './with-body.ts'

type Endpoint = {
  /** As the service names it: `/name/:id`. */
  readonly path: string
  readonly handler: (request: PredictRequest<unknown> | RouteRequest<unknown>) => unknown
  /** Whether its answer follows from the body and the models alone: it gets nothing else. */
  readonly isPrediction: boolean
  readonly parseBody: ParseBody | undefined
  readonly readParams: ReadParameters
  readonly readQuery: ReadParameters
  readonly meters: Meters
}

type Meters = MetersOfRoute<CameBy>

/** How a request came, and when; left out for one that is not from a caller. */
export type Arrival = {
  readonly by: CameBy
  readonly atMs: number
  /** Undefined if it is not traced. */
  readonly span?: Span | undefined
}

type ToAnswer = (result: unknown, headers: VersionHeaders) => Answer

export type ServiceHostOptions = {
  /** How long a body may be once it is decoded. */
  readonly bodyLimitBytes: number
  readonly service: Service
  /** Whether results are held against the `answer` schemas of their routes, as they are in development. */
  readonly checkAnswers: boolean
  /** What the program answers by itself where the service has no route. */
  readonly protocols: readonly ProtocolRoute[]
  readonly models: ServedModels
  readonly log: Log
  /** Answers `GET /` if the service has no route of its own there. */
  readonly homePage: () => Answer
}

/** Answers requests with a service's routes, from the HTTP port or the link. */
export class ServiceHost {
  readonly #bodyLimitBytes: number
  readonly #models: ServedModels
  readonly #failures: FailureLog
  readonly #homePage: () => Answer
  readonly #router: Router
  readonly #protocols: ProtocolRoutes
  readonly #methods: readonly HTTPMethod[]
  readonly #meters = new RouteMeters<CameBy>()
  readonly #unrouted = this.#meters.of('', '')
  #inFlight = 0
  #answered = 0

  constructor({
    bodyLimitBytes,
    service,
    checkAnswers,
    protocols,
    models,
    log,
    homePage,
  }: ServiceHostOptions) {
    this.#bodyLimitBytes = bodyLimitBytes
    this.#models = models
    this.#failures = new FailureLog({
      log,
      after: (work, delayMs) => void setTimeout(work, delayMs).unref(),
    })
    this.#homePage = homePage
    this.#router = createRouter(service.routes, checkAnswers, this.#meters)
    this.#protocols = new ProtocolRoutes(protocols, this.#meters)
    this.#methods = [...new Set([...service.routes, ...protocols].map(({ method }) => method))]
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** How many requests to its routes it has answered. */
  get answered(): number {
    return this.#answered
  }

  /** Resets the count: requests before this were not from callers. */
  forget(): void {
    this.#answered = 0
  }

  /** Counts the answers to callers. */
  get meters(): Pick<RouteMeters<CameBy>, 'figures' | 'sum'> {
    return this.#meters
  }

  /** The answer to a request; a promise only if the route's function returns one. It never throws: every fault becomes an answer. */
  handle(request: LinkRequest, arrival?: Arrival): Answer | Promise<Answer> {
    const method = (request.method === 'HEAD' ? 'GET' : request.method) as HTTPMethod
    const found = this.#router.find(method, request.url)
    const limitBytes = this.#bodyLimitBytes
    if (found !== null) {
      const { path, meters } = found.store as Endpoint
      return this.#run(
        { request, arrival, path, meters },
        (models) => withBody(request, limitBytes, (decoded) => call(found, decoded, models)),
        toAnswer,
      )
    }
    const protocol = this.#protocols.find(method, request.url)
    if (protocol === undefined) {
      const answer = this.#answerUnrouted(request)
      count(answer, this.#unrouted, arrival)
      return answer
    }
    return this.#run(
      { request, arrival, path: protocol.path, meters: protocol.meters },
      (models) => protocol.answer(request, limitBytes, models),
      (answer) => answer as Answer,
    )
  }

  #run(
    { request, arrival, path, meters }: Asked,
    work: (models: AskedModels) => unknown,
    toAnswer: ToAnswer,
  ): Answer | Promise<Answer> {
    const snapshot = this.#models.acquire()
    const models = snapshot.ask(arrival?.span)
    arrival?.span?.set({ 'http.route': path })
    const succeed = (result: unknown): Answer => toAnswer(result, models.headers())
    const fail = (error: unknown): Answer => this.#toProblem(request, path, error, models.headers())
    const finish = (answer: Answer): Answer => {
      this.#finish(snapshot)
      count(answer, meters, arrival)
      return answer
    }
    this.#inFlight++
    try {
      const result = work(models)
      if (isThenable(result))
        return finishLater(
          result,
          (value) => finish(succeed(value)),
          (error) => finish(fail(error)),
        )
      return finish(succeed(result))
    } catch (error) {
      return finish(fail(error))
    }
  }

  #finish(snapshot: ModelSnapshot): void {
    this.#models.release(snapshot)
    this.#inFlight--
    this.#answered++
  }

  #answerUnrouted({ method, url }: LinkRequest): Answer {
    const { version } = this.#models.current.ask().headers()
    if (isHome(url) && (method === 'GET' || method === 'HEAD')) {
      const page = this.#homePage()
      return { ...page, headers: joinHeaders([page.headers, ...version]) }
    }
    const allowed = this.#methodsAt(url)
    if (allowed.length === 0)
      return problemAnswer(
        { code: 'route_not_found', message: `nothing is served at ${url}; GET / shows what is` },
        version,
      )
    const list = [...allowed, 'OPTIONS'].join(', ')
    const headers = ['allow', list, ...version]
    if (method === 'OPTIONS') return { status: 204, headers: joinHeaders(headers), body: '' }
    return problemAnswer(
      { code: 'method_not_allowed', message: `${url} takes ${list}, not ${method}` },
      headers,
    )
  }

  #methodsAt(url: string): readonly string[] {
    const routed = this.#methods.filter((method) => url === '*' || this.#finds(method, url))
    const isRead = routed.includes('GET') || url === '*' || isHome(url)
    return [...(isRead ? ['GET', 'HEAD'] : []), ...routed.filter((method) => method !== 'GET')]
  }

  #finds(method: HTTPMethod, url: string): boolean {
    return this.#router.find(method, url) !== null || this.#protocols.find(method, url) !== undefined
  }

  #toProblem(request: LinkRequest, path: string, error: unknown, headers: VersionHeaders): Answer {
    const { version } = headers
    if (error instanceof HttpError) return toErrorAnswer(error, headers)
    const isOurs = error instanceof ChangeoverError
    if (!isOurs || error.code === 'service_failed')
      this.#failures.failed(request.method, path, error, findHeader(request.headers, 'x-request-id'))
    if (isOurs) return problemAnswer(error, version)
    return problemAnswer(
      { code: 'service_failed', message: `the service failed at ${request.url}; its log has the error` },
      version,
    )
  }
}

function createRouter(routes: readonly Route[], checkAnswers: boolean, meters: RouteMeters<CameBy>) {
  const router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
  for (const route of routes) {
    const { method, path, repeat, bodySchema, paramsSchema, querySchema } = route
    const endpoint: Endpoint = {
      path,
      handler: (checkAnswers ? withAnswerCheck(route) : route.handler) as Endpoint['handler'],
      isPrediction: repeat === 'freely',
      parseBody: bodySchema === undefined ? undefined : createBodyParser(bodySchema),
      readParams: paramsSchema === undefined ? asTheyAre : createParameterReader(paramsSchema, 'path'),
      readQuery: querySchema === undefined ? asTheyAre : createParameterReader(querySchema, 'query'),
      meters: meters.of(method, path),
    }
    router.on(method, path, () => undefined, endpoint)
  }
  return router
}

type Asked = {
  readonly request: LinkRequest
  readonly arrival: Arrival | undefined
  /** The path of the route, as the service or the protocol names it. */
  readonly path: string
  readonly meters: Meters
}

function count({ status }: Answer, meters: Meters, arrival: Arrival | undefined): void {
  if (arrival !== undefined) meters.answered(arrival.by, status, performance.now() - arrival.atMs)
}

async function finishLater(
  result: PromiseLike<unknown>,
  succeed: (result: unknown) => Answer,
  fail: (error: unknown) => Answer,
): Promise<Answer> {
  let answer: Answer
  try {
    answer = succeed(await result)
  } catch (error) {
    return fail(error)
  }
  return answer
}

const asTheyAre: ReadParameters = (texts) => texts

type Router = ReturnType<typeof createRouter>
type Found = NonNullable<ReturnType<Router['find']>>

function call(found: Found, request: LinkRequest, { model }: AskedModels): unknown {
  const { handler, isPrediction, parseBody, readParams, readQuery } = found.store as Endpoint
  const params = readParams(found.params) as PredictRequest<unknown>['params']
  if (isPrediction) return handler({ body: parseBody?.(request.body), params, model })
  const query = readQuery(found.searchParams) as RouteRequest<unknown>['query']
  let id: string | undefined
  return handler({
    body: parseBody?.(request.body),
    params,
    query,
    get headers() {
      return headersOf(request)
    },
    get id() {
      return (id ??= findHeader(request.headers, 'x-request-id') ?? makeRequestId())
    },
    model,
  })
}

function isHome(url: string): boolean {
  return url === '/' || url.startsWith('/?')
}

function headersOf({ headers }: LinkRequest): Record<string, string> {
  const list = splitHeaders(headers)
  const result = Object.create(null) as Record<string, string>
  for (let i = 0; i + 1 < list.length; i += 2) {
    const [name = '', value = ''] = [list[i], list[i + 1]]
    const before = result[name]
    result[name] = before === undefined ? value : `${before}, ${value}`
  }
  return result
}
