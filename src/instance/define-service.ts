import type { Static, TSchema } from 'typebox'

import type { Prediction } from '../fasttext/index.ts'
import type { Redact } from '../record/index.ts'

/** A model as a route uses it; the version is the one that was active when the request began, until its answer is sent. */
export type ServedModel = {
  readonly version: string
  /** The best label of a raw text, or undefined where it has no known feature. */
  readonly top: (text: string) => Prediction | undefined
  /** The `k` best labels (-1: all) of at least `threshold` probability, best first. */
  readonly predict: (text: string, k?: number, threshold?: number) => Prediction[]
  /** The mean of the rows of the raw text, one number a dimension; needs `sentenceVectors: true` in the configuration. */
  readonly sentenceVector: (text: string) => Float32Array
}

/** What a route's function gets. */
export type RouteRequest<Body> = {
  /** The parsed JSON body, checked against the route's schema. */
  readonly body: Body
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The served version of a model of the configuration. */
  readonly model: (name: string) => ServedModel
}

/** A string is sent as plain text, anything else as JSON. */
export type RouteHandler<Body> = (request: RouteRequest<Body>) => unknown

export type RouteOptions<Schema extends TSchema> = {
  readonly body: Schema
  /** Whether asking twice does no harm, so that another process may be asked when one dies. Default: true. */
  readonly pure?: boolean
  /** How long an answer may take before the gateway asks the other instance, or gives up. Unless given it follows from what the route's answers usually take. */
  readonly answerTimeoutMs?: number
}

export type Routes = {
  readonly get: (path: string, handler: RouteHandler<undefined>) => void
  readonly post: <Schema extends TSchema>(
    path: string,
    options: RouteOptions<Schema>,
    handler: RouteHandler<Static<Schema>>,
  ) => void
}

export type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly pure: boolean
  readonly answerTimeoutMs: number | undefined
  readonly bodySchema: TSchema | undefined
  readonly handler: RouteHandler<never>
}

/** What a service file exports by default. */
export type Service = { readonly routes: readonly Route[]; readonly redact: Redact }

export type ServiceOptions = {
  /** Takes out of a text what a record of it must not keep, or leaves it out with undefined; without it texts are kept as they are. */
  readonly redact?: Redact
}

/** Declares a service: routes and the functions behind them. The models are loaded by the program, never by a route. */
export function defineService(
  declare: (routes: Routes) => void,
  { redact = (text) => text }: ServiceOptions = {},
): Service {
  const routes: Route[] = []
  declare({
    get: (path, handler) =>
      void routes.push({
        method: 'GET',
        path,
        pure: true,
        answerTimeoutMs: undefined,
        bodySchema: undefined,
        handler,
      }),
    post: (path, { body, pure = true, answerTimeoutMs }, handler) =>
      void routes.push({ method: 'POST', path, pure, answerTimeoutMs, bodySchema: body, handler }),
  })
  return { routes, redact }
}
