import type { RouteSummary } from '../../contracts/index.ts'
import type { ProtocolRoute } from '../../protocols/index.ts'
import type { Route } from './define-service.ts'

/**
 * What others need to know of the routes of a service, and of those of the protocols, without the ones in whose place the service
 * has one of its own.
 */
export function summarizeRoutes(
  routes: readonly Route[],
  protocols: readonly ProtocolRoute[],
): RouteSummary[] {
  const own = new Set(routes.map(shapeOf))
  return [
    ...routes.map(({ method, path, repeat, answerTimeoutMs }) => ({ method, path, repeat, answerTimeoutMs })),
    ...protocols
      .filter((route) => !own.has(shapeOf(route)))
      .map(({ method, path, repeat }) => ({
        method,
        path,
        repeat,
        answerTimeoutMs: undefined,
        isBuiltIn: true as const,
      })),
  ]
}

/** What two routes have in common that a router takes for the same: parameters may have any name. */
function shapeOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path.replace(/:\w+(\([^)]*\))?/g, ':').replace(/\/$/, '')}`
}
