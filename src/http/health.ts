import type { Answer } from './answer.ts'
import { problemAnswer } from './answer.ts'
import { joinHeaders } from './header-block.ts'

/** Answered by the port's own process at once, whatever waits; no service can have this path. */
export const healthUrl = '/-/health'

const well: Answer = {
  status: 200,
  headers: joinHeaders(['content-type', 'application/json', 'cache-control', 'no-store']),
  body: '{"status":"ok"}',
}

const unwell = problemAnswer({ code: 'no_instance', message: 'no worker can answer now' })

/** 200 where requests can be answered, else 503. */
export function healthAnswer(isReady: boolean): Answer {
  return isReady ? well : unwell
}
