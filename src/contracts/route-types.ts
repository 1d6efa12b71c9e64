/** What a typed client knows of a route. It exists for the compiler alone. */
export type RouteTypes = {
  /** How it was declared: `routes.predict`, `routes.post` or `routes.get`. */
  readonly kind: 'predict' | 'post' | 'get'
  readonly path: string
  readonly body: unknown
  readonly params: unknown
  readonly query: unknown
  /** What its function answers with, before it is sent. */
  readonly answer: unknown
  /** Whether a request may be sent again if it is unknown whether it was carried out. */
  readonly retry: boolean
}
