import type { ErrorReport, RouteSummary } from '../../../contracts/index.ts'
import { toErrorReport } from '../../../contracts/index.ts'
import { type Service, summarizeRoutes, writeDocument } from '../../../worker/index.ts'
import { version } from '../version.ts'
import { builtInRoutes } from './built-in-routes.ts'
import { loadService } from './load-service.ts'
import { isOwnCode, noteLoadedFiles } from './loaded-files.ts'
import type { LocatedError } from './locate-error.ts'
import { locateError } from './locate-error.ts'

/** The input of the check of a service file. */
export type ServiceCheckStart = {
  readonly servicePath: string | undefined
  /** Where what it is compiled to is kept for the workers; undefined: nowhere. */
  readonly runFolder?: string
  /** Whether the files are wanted that it consists of. */
  readonly listsFiles: boolean
  /** The names of the models that the document names; undefined if no document is wanted. */
  readonly documentedModels?: readonly string[]
}

/** The routes and the document, or what is wrong with the file. */
export type ServiceCheckResult = {
  /** The service file and what it imports, without packages; those that were loaded before a fault. */
  readonly files: readonly string[]
} & (ServiceFacts | ServiceFault)

export type ServiceFacts = {
  readonly routes: readonly RouteSummary[]
  /** The OpenAPI document as JSON text. */
  readonly document?: string
}

export type ServiceFault = { readonly fault: ErrorReport } & LocatedError

process.once('message', (start) => void check(start as ServiceCheckStart))

async function check({
  servicePath,
  runFolder,
  listsFiles,
  documentedModels,
}: ServiceCheckStart): Promise<void> {
  const listFiles = listsFiles ? noteLoadedFiles() : () => []
  const outcome = await loadService(servicePath, runFolder)
    .then((service) => describe(service, documentedModels))
    .catch((error: unknown) => ({
      fault: toErrorReport(error),
      ...locateError((error as Error).cause ?? error, isOwnCode),
    }))
  const result: ServiceCheckResult = { files: listFiles(), ...outcome }
  // The file may have started timers or sockets that keep the process alive.
  process.send?.(result, undefined, undefined, () => process.exit())
}

function describe(service: Service, models: readonly string[] | undefined): ServiceFacts {
  const builtIn = builtInRoutes(service)
  const routes = summarizeRoutes(service.routes, builtIn)
  if (models === undefined) return { routes }
  const served = models.map((model) => ({ model }))
  return { routes, document: finish(writeDocument({ service, builtIn, version, served, servers: [] })) }
}

function finish<Result>(work: Generator<undefined, Result>): Result {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}
