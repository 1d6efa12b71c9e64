import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { HTTPMethod } from 'find-my-way'
import findMyWay from 'find-my-way'

import type { CameBy } from '../../contracts/index.ts'
import { ChangeoverError, errorStatus } from '../../contracts/index.ts'
import { PredictionError } from '../../engine/fasttext/index.ts'
import type { Answer } from '../../http/index.ts'
import { findHeader, joinHeaders } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'
import type { MetersOfRoute, RouteMeters } from '../../metrics/index.ts'
import type { ProtocolAnswer, ProtocolRoute, Work } from '../../protocols/index.ts'
import { jsonHeaders } from '../../protocols/index.ts'
import type { AskedModels } from '../asked-models.ts'
import { withBody } from './with-body.ts'

/** A large request works for so long, then others have their turn. */
const sliceMs = 1

/** Answers a request to a route of a protocol; a promise if it took more than a slice. Throws what is a fault of the program. */
type AnswerProtocol = (
  request: LinkRequest,
  bodyLimitBytes: number,
  models: AskedModels,
) => Answer | Promise<Answer>

type FoundRoute = {
  readonly path: string
  readonly answer: AnswerProtocol
  readonly meters: MetersOfRoute<CameBy>
}

/** Finds what answers a request to the protocols that the program speaks by itself. */
export class ProtocolRoutes {
  readonly #router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })

  constructor(routes: readonly ProtocolRoute[], meters: RouteMeters<CameBy>) {
    for (const route of routes) {
      const { method, path } = route
      this.#router.on(method, path, () => undefined, { route, meters: meters.of(method, path) })
    }
  }

  find(method: HTTPMethod, url: string): FoundRoute | undefined {
    const found = this.#router.find(method, url)
    if (found === null) return undefined
    const { route, meters } = found.store as { route: ProtocolRoute } & Pick<FoundRoute, 'meters'>
    const answer: AnswerProtocol = (request, bodyLimitBytes, models) => {
      const finish = ({ status, headers, body }: ProtocolAnswer): Answer => {
        const { json, version } = models.headers()
        return {
          status,
          headers: headers === jsonHeaders ? json : joinHeaders([...headers, ...version]),
          body,
        }
      }
      const fail = (error: unknown): Answer => finish(toProtocolError(route, error))
      try {
        const answer = withBody(request, bodyLimitBytes, ({ body, headers }) =>
          runWork(
            route.answer({
              url: request.url,
              params: found.params,
              body,
              header: (name) => findHeader(headers, name),
              models,
            }),
          ),
        )
        return answer instanceof Promise ? answer.then(finish).catch(fail) : finish(answer)
      } catch (error) {
        return fail(error)
      }
    }
    return { path: route.path, answer, meters }
  }
}

/** Throws what is no error of a caller. */
function toProtocolError({ answerError }: ProtocolRoute, error: unknown): ProtocolAnswer {
  if (error instanceof ChangeoverError) return answerError(errorStatus[error.code], error.message)
  if (error instanceof PredictionError) return answerError(error.status, error.message)
  throw error
}

function runWork(answer: ProtocolAnswer | Work<ProtocolAnswer>): ProtocolAnswer | Promise<ProtocolAnswer> {
  if ('status' in answer) return answer
  return advance(answer) ?? advanceLater(answer)
}

/** Works for a slice; undefined if there is more to do. */
function advance<Result>(work: Work<Result>): Result | undefined {
  const endMs = performance.now() + sliceMs
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    if (performance.now() >= endMs) return undefined
  }
}

async function advanceLater<Result>(work: Work<Result>): Promise<Result> {
  for (;;) {
    await nextTurn()
    const done = advance(work)
    if (done !== undefined) return done
  }
}
