import type { RouteTypes } from '../../contracts/index.ts'
import type { Reply } from './reply.ts'

/** What `routes.predict`, `routes.post` and `routes.get` return. */
export type DeclaredRoute<Types extends RouteTypes> = {
  /** For the compiler alone. */
  readonly '~types'?: Types
}

/** What a function answers with: what it returns, at once or later; in the words of its route's schema if there is one. */
export type AnswerType<Described, Handler extends (request: never) => unknown> = unknown extends Described
  ? Awaited<ReturnType<Handler>>
  : Described | Extract<Awaited<ReturnType<Handler>>, Reply>

/** The types of the routes that the callback of `defineService` returned; those of any route if it returned none. */
export type CarriedTypes<Declared> = [TypesOf<Declared>] extends [never] ? RouteTypes : TypesOf<Declared>

type TypesOf<Declared> = Declared extends readonly (infer One)[] ? TypesOfOne<One> : TypesOfOne<Declared>

type TypesOfOne<Declared> = Declared extends { readonly '~types'?: infer Types }
  ? Extract<Types, RouteTypes>
  : never
