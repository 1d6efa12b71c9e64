import type { Answer, HttpRequest } from '../http/index.ts'
import { findHeader, joinHeaders, problemAnswer, refusalHeader } from '../http/index.ts'

const paused = problemAnswer({
  code: 'instance_paused',
  message: 'this instance is paused for a rollout; the other one answers',
})

const statusForNginx = 421

const pausedForNginx: Answer = {
  ...paused,
  status: statusForNginx,
  headers: joinHeaders([paused.headers, refusalHeader, String(statusForNginx)]),
}

/**
 * What a paused instance answers at its own port: 503, or 421 if the request asks for that. nginx does so for what may not be sent
 * twice: by the status alone, it could not tell a refusal from a 503 of the service, which is an answer.
 */
export function answerPaused({ headers }: Pick<HttpRequest, 'headers'>): Answer {
  return findHeader(headers, refusalHeader) === String(statusForNginx) ? pausedForNginx : paused
}
