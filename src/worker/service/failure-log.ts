import type { Log } from '../../contracts/index.ts'
import { toErrorReport } from '../../contracts/index.ts'

/** Failures of one kind are counted for this long before the log says how many there were. */
const collectMs = 10_000

/** Maximum number of kinds at a time; messages may contain callers' texts. */
const kindLimit = 100

/** How many characters of a request's path the log shows. */
const pathLimit = 200

export type FailureLogOptions = {
  readonly log: Log
  /** Calls `work` once, after `delayMs`. */
  readonly after: (work: () => void, delayMs: number) => void
}

/** Logs the failures of a service: the first of each kind with its stack, and then how many there were. */
export class FailureLog {
  readonly #options: FailureLogOptions
  readonly #counts = new Map<string, number>()

  constructor(options: FailureLogOptions) {
    this.#options = options
  }

  /** `route` is the path of the route, or else of the request; the query string may have a caller's text. */
  failed(method: string, route: string, error: unknown, requestId?: string): void {
    const what = (error instanceof Error ? error.stack : undefined) ?? toErrorReport(error).message
    const kind = this.#counts.has(what) || this.#counts.size < kindLimit ? what : 'other errors'
    const count = this.#counts.get(kind)
    this.#counts.set(kind, (count ?? 0) + 1)
    if (count !== undefined) return
    const shown = route.length > pathLimit ? `${route.slice(0, pathLimit)}…` : route
    this.#options.log('error', `${method} ${shown} failed: ${what}`, { requestId })
    this.#options.after(() => this.#tell(kind), collectMs)
  }

  #tell(kind: string): void {
    const more = (this.#counts.get(kind) ?? 1) - 1
    this.#counts.delete(kind)
    if (more === 0) return
    const [firstLine = ''] = kind.split('\n')
    this.#options.log('error', `${more} more requests failed in ${collectMs / 1_000} s: ${firstLine}`)
  }
}
