import { toErrorReport } from '../../contracts/index.ts'
import type { ErrorReport } from '../../contracts/index.ts'
import { loadService } from './load-service.ts'

/** What the check of a service file is told, and what it says: null where the file is right. */
export type ServiceCheckStart = { readonly servicePath: string }
export type ServiceCheckResult = { readonly fault: ErrorReport | null }

process.once('message', (start) => void check(start as ServiceCheckStart))

async function check({ servicePath }: ServiceCheckStart): Promise<void> {
  const fault = await loadService(servicePath).then(() => null, toErrorReport)
  // The file may have begun things that never end.
  process.send?.({ fault } satisfies ServiceCheckResult, undefined, undefined, () => process.exit())
}
