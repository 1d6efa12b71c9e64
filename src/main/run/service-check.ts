import type { ErrorReport, RouteSummary } from '../../contracts/index.ts'
import { toErrorReport } from '../../contracts/index.ts'
import { loadService } from './load-service.ts'

/** What the check of a service file is told, and what it says: the routes, or what is wrong with the file. */
export type ServiceCheckStart = { readonly servicePath: string }
export type ServiceCheckResult =
  { readonly routes: readonly RouteSummary[] } | { readonly fault: ErrorReport }

process.once('message', (start) => void check(start as ServiceCheckStart))

async function check({ servicePath }: ServiceCheckStart): Promise<void> {
  const result = await loadService(servicePath).then(
    ({ routes }): ServiceCheckResult => ({
      routes: routes.map(({ method, path, repeat, answerTimeoutMs }) => ({
        method,
        path,
        repeat,
        answerTimeoutMs,
      })),
    }),
    (error: unknown): ServiceCheckResult => ({ fault: toErrorReport(error) }),
  )
  // The file may have begun things that never end.
  process.send?.(result, undefined, undefined, () => process.exit())
}
