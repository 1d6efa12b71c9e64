import type { ErrorReport, RouteSummary } from '../../../contracts/index.ts'
import { toErrorReport } from '../../../contracts/index.ts'
import { protocolRoutes } from '../../../protocols/index.ts'
import { summarizeRoutes } from '../../../worker/index.ts'
import { version } from '../version.ts'
import { loadService } from './load-service.ts'

/** The input and the result of the check of a service file: the routes, or what is wrong with the file. */
export type ServiceCheckStart = { readonly servicePath: string | undefined }
export type ServiceCheckResult =
  { readonly routes: readonly RouteSummary[] } | { readonly fault: ErrorReport }

process.once('message', (start) => void check(start as ServiceCheckStart))

async function check({ servicePath }: ServiceCheckStart): Promise<void> {
  const result = await loadService(servicePath).then(
    ({ routes }): ServiceCheckResult => ({ routes: summarizeRoutes(routes, protocolRoutes(version)) }),
    (error: unknown): ServiceCheckResult => ({ fault: toErrorReport(error) }),
  )
  // The file may have started timers or sockets that keep the process alive.
  process.send?.(result, undefined, undefined, () => process.exit())
}
