import type { Answer, HttpRequest } from '../http/index.ts'
import { findHeader, joinHeaders, pausedHeader, problemAnswer } from '../http/index.ts'

const paused = problemAnswer({
  code: 'instance_paused',
  message: 'this instance is paused for a rollout; the other one answers',
})

/** Of nginx, as its configuration names it. */
const namedLocation = /^@[\w-]{1,64}$/

/**
 * What a paused instance answers at its own port: 503. nginx names a location with what may not be sent twice, and is led there: by the
 * status alone, it could not tell this from a 503 of the service, which is an answer.
 */
export function answerPaused({ headers }: Pick<HttpRequest, 'headers'>): Answer {
  const location = findHeader(headers, pausedHeader)
  if (location === undefined || !namedLocation.test(location)) return paused
  return { ...paused, headers: joinHeaders([paused.headers, 'x-accel-redirect', location]) }
}
