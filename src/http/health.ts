import type { Answer } from './answer/answer.ts'
import { problemAnswer } from './answer/answer.ts'
import { joinHeaders } from './request/header-block.ts'

const healthPath = '/-/health'
const methods = 'GET, HEAD, OPTIONS'

const healthy: Answer = {
  status: 200,
  headers: joinHeaders(['content-type', 'application/json', 'cache-control', 'no-store', 'allow', methods]),
  body: '{"status":"ok"}',
}

const unhealthy = problemAnswer({ code: 'no_instance', message: 'no worker can answer now' })

const otherMethod = problemAnswer(
  { code: 'method_not_allowed', message: `${healthPath} takes ${methods}; use one of them` },
  ['allow', methods],
)

/**
 * The answer to a health check as balancers send them, by any of three methods, with or without a query: 200 if requests can be
 * answered, else 503. Undefined for any other request. It is given by the port's own process at once, whatever waits; no service can
 * have this path.
 */
export function answerHealthCheck(
  { method, url }: { readonly method: string; readonly url: string },
  isReady: boolean,
): Answer | undefined {
  if (!url.startsWith(healthPath) || !/^\/?(\?|$)/.test(url.slice(healthPath.length))) return undefined
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') return otherMethod
  return isReady ? healthy : unhealthy
}
