import type { RouteSummary } from '../../../contracts/index.ts'
import { ChangeoverError } from '../../../contracts/index.ts'
import { runInSubprocess } from '../../../supervisor/index.ts'
import { entries } from '../../entries.ts'
import type { ServiceCheckResult, ServiceCheckStart, ServiceFacts } from './service-check.ts'

/** The same as a worker's start timeout. */
const checkTimeoutMs = 60_000

/**
 * Loads a service file in a process of its own, since its effects must not reach the supervisor. Returns
 * its routes. With a run folder, workers of that need not compile it again. Throws the error of `loadService`, and `service_invalid` if that process ends or takes too long.
 */
export async function checkService(
  servicePath: string | undefined,
  runFolder?: string,
  timeoutMs = checkTimeoutMs,
): Promise<readonly RouteSummary[]> {
  const start = { servicePath, listsFiles: false, ...(runFolder !== undefined && { runFolder }) }
  return (await readFacts(start, timeoutMs)).routes
}

/** The OpenAPI document of a service with models of these names, as JSON text. Throws as `checkService`. */
export async function loadDocument(
  servicePath: string | undefined,
  documentedModels: readonly string[],
): Promise<string> {
  const start = { servicePath, listsFiles: false, documentedModels }
  return (await readFacts(start, checkTimeoutMs)).document ?? ''
}

/**
 * The same as `checkService` for whoever shows what is wrong, and where, and tries again when one of the files has changed. Does not
 * throw; a fault if it is aborted.
 */
export function inspectService(
  servicePath: string | undefined,
  runFolder: string,
  signal: AbortSignal,
): Promise<ServiceCheckResult> {
  return runCheck({ servicePath, runFolder, listsFiles: true }, checkTimeoutMs, signal)
}

async function readFacts(start: ServiceCheckStart, timeoutMs: number): Promise<ServiceFacts> {
  const result = await runCheck(start, timeoutMs)
  if ('fault' in result) throw new ChangeoverError(result.fault.code, result.fault.message)
  return result
}

async function runCheck(
  start: ServiceCheckStart,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ServiceCheckResult> {
  let result: ServiceCheckResult | undefined
  const { how } = await runInSubprocess<ServiceCheckResult>({
    entry: entries.serviceCheck,
    start,
    onMessage: (message) => (result = message),
    timeoutMs,
    isUrgent: true,
    ...(signal && { signal }),
  })
  if (result !== undefined) return result
  const { servicePath } = start
  const what = servicePath === undefined ? 'the routes' : `the service file ${servicePath}`
  const reason = `the process that loaded ${what} ${how}; a service file must return from its imports and must not end the process`
  return {
    files: servicePath === undefined ? [] : [servicePath],
    fault: { code: 'service_invalid', message: reason },
    reason,
  }
}
