import findMyWay, { type HTTPMethod } from 'find-my-way'

import { type Operation, writeOpenApi } from '../../openapi/index.ts'
import type { ProtocolRoute, Served, Work } from '../../protocols/index.ts'
import type { Service } from '../service/define-service.ts'
import { documentRoute } from './document-route.ts'
import { healthOperations, homeOperation } from './port-operations.ts'

export type DocumentOptions = {
  readonly service: Service
  /** What the program answers where the service has no route. */
  readonly builtIn: readonly ProtocolRoute[]
  /** The program's version. */
  readonly version: string
  readonly served: Served
  /** Where the paths begin, relative to the document; none if it has no address. */
  readonly servers: readonly string[]
}

/** Writes the OpenAPI document of a service and of what the program answers beside it, as JSON text. */
export function writeDocument({ version, servers, ...answering }: DocumentOptions): Work<string> {
  return writeOpenApi({ version, servers, operations: listOperations(answering) })
}

/** In the order in which a port looks for who answers; but what callers come for is first. */
function* listOperations({
  service,
  builtIn,
  served,
}: Pick<DocumentOptions, 'service' | 'builtIn' | 'served'>): Generator<Operation> {
  const router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
  for (const route of service.routes) {
    router.on(route.method, route.path, () => undefined)
    for (const operation of documentRoute(route)) if (!isHealth(operation)) yield operation
  }
  const others = [...builtIn.flatMap((route) => route.operations(served)), homeOperation]
  for (const operation of others) if (!finds(router, operation)) yield operation
  yield* healthOperations
}

/** No service can have these paths. */
function isHealth({ path }: Operation): boolean {
  return healthOperations.some((health) => health.path === path.replace(/\/$/, ''))
}

/** Whether the service answers a path of the program's in its place. */
function finds(router: ReturnType<typeof findMyWay>, { method, path }: Operation): boolean {
  return router.find(method as HTTPMethod, path.replace(/\{[^}]*\}/g, '_')) !== null
}
