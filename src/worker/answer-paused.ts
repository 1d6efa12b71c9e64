import { backupLocation } from '../contracts/index.ts'
import type { Answer, HttpRequest } from '../http/index.ts'
import { findHeader, joinHeaders, pausedHeader, problemAnswer } from '../http/index.ts'

const paused = problemAnswer({
  code: 'instance_paused',
  message: 'this instance is paused for a rollout; the other one answers',
})

const pausedForNginx: Answer = {
  ...paused,
  headers: joinHeaders([paused.headers, 'x-accel-redirect', backupLocation]),
}

/**
 * What a paused instance answers at its own port: 503. nginx asks to be led to the backup with what may not be sent twice: by the
 * status alone, it could not tell this from a 503 of the service, which is an answer. No other location is taken: behind a file
 * that does not set the header, it is the client's.
 */
export function answerPaused({ headers }: Pick<HttpRequest, 'headers'>): Answer {
  return findHeader(headers, pausedHeader) === backupLocation ? pausedForNginx : paused
}
