import { type ProtocolRoute, protocolRoutes } from '../../../protocols/index.ts'
import type { Service } from '../../../worker/index.ts'
import { documentationRoutes } from '../../../worker/index.ts'
import { version } from '../version.ts'

/** What the program answers beside a service: the protocols, and what describes them and the service. */
export function builtInRoutes(service: Service): readonly ProtocolRoute[] {
  const protocols = protocolRoutes(version)
  return [...protocols, ...documentationRoutes({ service, protocols, version })]
}
