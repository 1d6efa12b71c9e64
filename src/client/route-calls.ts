import type { RouteTypes } from '../contracts/index.ts'
import type { CallOptions } from './call-options.ts'
import type { PathValue, QueryValue } from './fill-path.ts'
import type { JsonForm } from './json-form.ts'
import type { Result } from './result.ts'

/** Calls of the routes of a service, as its file declares them with the same three words. */
export type RouteCalls<Types extends RouteTypes> = {
  /** Calls a `routes.predict`. It may be sent again. */
  readonly predict: Call<Types, 'predict'>
  /** Calls a `routes.post`. It is sent again only if it was refused, so that it has not been carried out, or with `retry: true`. */
  readonly post: Call<Types, 'post'>
  /** Calls a `routes.get`. It may be sent again, unless `retry` is false, which must be said if the route has `retry: false`. */
  readonly get: Call<Types, 'get'>
}

type Kind = RouteTypes['kind']

/** Throws `ClientError`; the signal's reason if that is aborted; a TypeError for parameters that the path cannot have. */
type Call<Types extends RouteTypes, K extends Kind> = <Path extends PathOf<Types, K>>(
  path: Path,
  ...request: Arguments<RouteRequest<RouteOf<Types, K, Path>>>
) => Promise<ResultOf<RouteOf<Types, K, Path>['answer']>>

/** The types that a service carries. */
export type TypesOf<Service> = Service extends { readonly '~types'?: infer Types }
  ? Extract<Types, RouteTypes>
  : never

type PathOf<Types extends RouteTypes, K extends Kind> = Types extends RouteTypes
  ? K extends Types['kind']
    ? Types['path']
    : never
  : never

type RouteOf<Types extends RouteTypes, K extends Kind, Path extends string> = Types extends RouteTypes
  ? K extends Types['kind']
    ? Path extends Types['path']
      ? Types
      : never
    : never
  : never

type Arguments<Request> = object extends Request ? [request?: Request] : [request: Request]

type RouteRequest<Types extends RouteTypes> = CallOptions &
  BodyOf<Types> &
  ParamsOf<Types> &
  QueryOf<Types> &
  RetryOf<Types>

type BodyOf<Types extends RouteTypes> = Types['kind'] extends 'get'
  ? object
  : 'get' extends Types['kind']
    ? { readonly body?: unknown }
    : { readonly body: Types['body'] }

/** The schema's parameters; without one, those that the path names. */
type ParamsOf<Types extends RouteTypes> = string extends Types['path']
  ? { readonly params?: Readonly<Record<string, PathValue>> }
  : IsAnyRecord<Types['params']> extends true
    ? Optional<'params', PathParams<Types['path']>>
    : Optional<'params', Types['params']>

type QueryOf<Types extends RouteTypes> = unknown extends Types['query']
  ? { readonly query?: Readonly<Record<string, QueryValue>> }
  : [Types['query']] extends [undefined]
    ? object
    : IsAnyRecord<Types['query']> extends true
      ? { readonly query?: Readonly<Record<string, QueryValue>> }
      : Optional<'query', Types['query']>

type RetryOf<Types extends RouteTypes> = [Types['kind'], Types['retry']] extends ['get', false]
  ? { readonly retry: boolean }
  : {
      /** Whether it may be carried out more than once. Default: for all but `post`. */
      readonly retry?: boolean
    }

type IsAnyRecord<T> = unknown extends T ? true : string extends keyof T ? true : false

type Optional<Key extends string, Value> = object extends Value
  ? { readonly [K in Key]?: Readonly<Value> }
  : { readonly [K in Key]: Readonly<Value> }

/** The parameters that a path names. Their patterns are not read: with one, any names are allowed. */
type PathParams<Path extends string> = Path extends `${string}(${string}`
  ? Readonly<Record<string, PathValue>>
  : Named<NamesIn<Path>>

type Named<Names extends string> = {
  readonly [Name in Names as Name extends `${string}?` ? never : Name]: PathValue
} & {
  readonly [Name in Names as Name extends `${infer Bare}?` ? Bare : never]?: PathValue
}

type NamesIn<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `:${infer After}`
    ? NamesIn<After>
    : UntilEnd<Rest> | NamesIn<Rest>
  : Path extends `${string}*`
    ? '*'
    : never

type UntilEnd<Text extends string> = Text extends `${infer Name}${'/' | '-' | '.'}${string}`
  ? UntilEnd<Name>
  : Text

/** A service's `reply(…)`, as its type describes it. */
type Replied = { readonly '~sent': { readonly status: number; readonly body: unknown } }

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function without a return
type Nothing = undefined | void

/** The results that a call can have. Other statuses than 200 to 299 throw. */
export type ResultOf<Answer> = unknown extends Answer
  ? Result
  : | ResultOfPlain<Exclude<Answer, Replied | Nothing>>
    | ResultOfNothing<Extract<Answer, Nothing>>
    | ResultOfReply<Extract<Answer, Replied>>

type ResultOfPlain<Answer> = [Answer] extends [never] ? never : Result<JsonForm<Answer>, 200>
type ResultOfNothing<Answer> = [Answer] extends [never] ? never : Result<undefined, 204>
type ResultOfReply<Reply> = Reply extends Replied
  ? number extends Reply['~sent']['status']
    ? Result<SentForm<Reply['~sent']['body']>>
    : `${Reply['~sent']['status']}` extends `2${string}`
      ? Result<SentForm<Reply['~sent']['body']>, Reply['~sent']['status']>
      : never
  : never

type SentForm<Body> = unknown extends Body
  ? unknown
  : Body extends Uint8Array | undefined
    ? Body
    : JsonForm<Body>
