import type { HTTPMethod } from 'find-my-way'
import findMyWay from 'find-my-way'

import type { AnsweredBy, Repeat, RouteSummary } from '../../contracts/index.ts'
import type { MetersOfRoute } from '../../metrics/index.ts'
import { RouteMeters } from '../../metrics/index.ts'
import { AnswerTime } from './answer-time.ts'

/** What the gateway has on a route: whether a request may be retried, and how long its answers take. */
export type Route = {
  readonly summary: RouteSummary
  readonly answerTime: AnswerTime
  readonly meters: MetersOfRoute<AnsweredBy>
}

/** What no route is known for: a 404, the page at `/`, or a route of a worker that has newer code. */
function unknownRoute(repeat: Repeat, meters: Route['meters']): Route {
  return {
    summary: { method: '', path: '', repeat, answerTimeoutMs: undefined },
    answerTime: new AnswerTime(),
    meters,
  }
}

/** The routes of the service, as workers report them. */
export class RouteTable {
  #routes: readonly Route[] = []
  /** Of the service; then of the protocols that the program speaks by itself, as in a worker. */
  #routers = [createRouter([]), createRouter([])]
  readonly #meters: RouteMeters<AnsweredBy>
  readonly #unknown

  constructor(meters = new RouteMeters<AnsweredBy>()) {
    this.#meters = meters
    const own = meters.of('', '')
    this.#unknown = { safe: unknownRoute('on-failure', own), other: unknownRoute('never', own) }
  }

  /** Takes a worker's list; the answer times of known routes are kept. */
  learn(summaries: readonly RouteSummary[]): void {
    const before = this.#routes
    this.#routes = summaries.map((summary) => ({
      // Workers of builds before the link's protocol had a version do not report it.
      summary: { ...summary, repeat: (summary as Partial<RouteSummary>).repeat ?? 'never' },
      answerTime: before.find((route) => isSame(route.summary, summary))?.answerTime ?? new AnswerTime(),
      meters: this.#meters.of(summary.method, summary.path),
    }))
    const isBuiltIn = ({ summary }: Route): boolean => summary.isBuiltIn === true
    this.#routers = [
      createRouter(this.#routes.filter((route) => !isBuiltIn(route))),
      createRouter(this.#routes.filter(isBuiltIn)),
    ]
  }

  find(method: string, url: string): Route {
    const asked = method === 'HEAD' ? 'GET' : method
    for (const router of this.#routers) {
      const found = router.find(asked as HTTPMethod, url)
      if (found !== null) return found.store as Route
    }
    // What a port answers without a route: the page at `/`, OPTIONS, 404 and 405.
    return asked === 'GET' || asked === 'OPTIONS' ? this.#unknown.safe : this.#unknown.other
  }
}

function createRouter(routes: readonly Route[]): ReturnType<typeof findMyWay> {
  const router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
  for (const route of routes)
    router.on(route.summary.method as HTTPMethod, route.summary.path, () => undefined, route)
  return router
}

function isSame(a: RouteSummary, b: RouteSummary): boolean {
  return a.method === b.method && a.path === b.path
}
