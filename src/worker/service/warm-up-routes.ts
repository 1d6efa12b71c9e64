import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Log } from '../../contracts/index.ts'
import type { Answer } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'
import type { Example, Route } from './define-service.ts'

/** Enough runs for the virtual machine to optimize a route's code, if there is time. */
const maxRounds = 300

/** All of a service's examples together take this long at most. */
const maxDurationMs = 1_000

/**
 * Answers the examples of a service's routes in this process until its code is compiled, so that its first callers do
 * not wait for that. `answer` must count and record nothing. A failure is logged once, and the route serves all the same.
 */
export async function warmUpRoutes(
  routes: readonly Route[],
  answer: (request: LinkRequest) => Answer | Promise<Answer>,
  log: Log,
): Promise<void> {
  const endMs = performance.now() + maxDurationMs
  let left = routes.flatMap(({ path, examples }) =>
    examples.map((example) => ({ path, request: toRequest(path, example) })),
  )
  for (let round = 0; round < maxRounds && left.length > 0; round++) {
    const failed = new Set<LinkRequest>()
    for (const { path, request } of left) {
      if (performance.now() > endMs) return
      const { status, body } = (await within(endMs, answer(request))) ?? { status: 200, body: '' }
      if (status < 400) continue
      failed.add(request)
      log('warning', `an example of ${path} was answered with ${status}: ${body.toString().slice(0, 200)}`)
    }
    left = left.filter(({ request }) => !failed.has(request))
    await nextTurn()
  }
}

/** An example as a caller would send it, without any headers. */
function toRequest(path: string, { body, params = {} }: Example<unknown>): LinkRequest {
  const url = path.replace(/:(\w+)(\([^)]*\))?\??/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? name),
  )
  return { method: 'POST', url, headers: '', body: Buffer.from(JSON.stringify(body)) }
}

/** Undefined if an answer does not come in time. */
async function within(endMs: number, answer: Answer | Promise<Answer>): Promise<Answer | undefined> {
  if (!(answer instanceof Promise)) return answer
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), endMs - performance.now())
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
