import findMyWay from 'find-my-way'
import type { HTTPMethod } from 'find-my-way'

import type { RouteSummary } from '../contracts/index.ts'
import { AnswerTime } from './answer-time.ts'

/** What the gateway knows of a route: whether it may be asked twice, and how long its answers take. */
export type Route = { readonly summary: RouteSummary; readonly answerTime: AnswerTime }

/** What no route is known for: a 404, or the page at `/`. */
const unknownPath: RouteSummary = { method: 'GET', path: '', pure: true, answerTimeoutMs: undefined }

/** The routes of the service, as workers name them. */
export class RouteTable {
  #routes: readonly Route[] = []
  #router = findMyWay()
  readonly #unknown: Route = { summary: unknownPath, answerTime: new AnswerTime() }

  /** Takes what a worker says; what is known of a route's answers is kept. */
  learn(summaries: readonly RouteSummary[]): void {
    const before = this.#routes
    this.#routes = summaries.map((summary) => ({
      summary,
      answerTime: before.find((route) => isSame(route.summary, summary))?.answerTime ?? new AnswerTime(),
    }))
    this.#router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
    for (const route of this.#routes)
      this.#router.on(route.summary.method as HTTPMethod, route.summary.path, () => undefined, route)
  }

  find(method: string, url: string): Route {
    const found = this.#router.find((method === 'HEAD' ? 'GET' : method) as HTTPMethod, url)
    return (found?.store as Route | undefined) ?? this.#unknown
  }
}

function isSame(a: RouteSummary, b: RouteSummary): boolean {
  return a.method === b.method && a.path === b.path
}
