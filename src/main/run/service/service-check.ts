import type { ErrorReport, RouteSummary } from '../../../contracts/index.ts'
import { toErrorReport } from '../../../contracts/index.ts'
import { protocolRoutes } from '../../../protocols/index.ts'
import { summarizeRoutes } from '../../../worker/index.ts'
import { version } from '../version.ts'
import { loadService } from './load-service.ts'
import { isOwnCode, noteLoadedFiles } from './loaded-files.ts'
import type { LocatedError } from './locate-error.ts'
import { locateError } from './locate-error.ts'

/** The input of the check of a service file. */
export type ServiceCheckStart = {
  readonly servicePath: string | undefined
  /** Whether the files are wanted that it consists of. */
  readonly listsFiles: boolean
}

/** The routes, or what is wrong with the file. */
export type ServiceCheckResult = {
  /** The service file and what it imports, without packages; those that were loaded before a fault. */
  readonly files: readonly string[]
} & ({ readonly routes: readonly RouteSummary[] } | ServiceFault)

export type ServiceFault = { readonly fault: ErrorReport } & LocatedError

process.once('message', (start) => void check(start as ServiceCheckStart))

async function check({ servicePath, listsFiles }: ServiceCheckStart): Promise<void> {
  const listFiles = listsFiles ? noteLoadedFiles() : () => []
  const outcome = await loadService(servicePath).then(
    ({ routes }) => ({ routes: summarizeRoutes(routes, protocolRoutes(version)) }),
    (error: unknown) => ({
      fault: toErrorReport(error),
      ...locateError((error as Error).cause ?? error, isOwnCode),
    }),
  )
  const result: ServiceCheckResult = { files: listFiles(), ...outcome }
  // The file may have started timers or sockets that keep the process alive.
  process.send?.(result, undefined, undefined, () => process.exit())
}
