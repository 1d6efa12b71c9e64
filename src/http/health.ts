import type { Answer } from './answer/answer.ts'
import { problemAnswer } from './answer/answer.ts'
import { joinHeaders } from './request/header-block.ts'

const methods = 'GET, HEAD, OPTIONS'

type HealthPath = { readonly ready: Answer; readonly notReady: Answer }

const json = (status: number, body: object): Answer => ({
  status,
  headers: joinHeaders(['content-type', 'application/json', 'cache-control', 'no-store', 'allow', methods]),
  body: JSON.stringify(body),
})

/** Ours, and those of the Open Inference Protocol. */
export const healthPaths = ['/-/health', '/v2/health/ready', '/v2/health/live'] as const

/** A process that answers is alive, whether it can serve or not. */
const answers: Readonly<Record<(typeof healthPaths)[number], HealthPath>> = {
  '/-/health': {
    ready: json(200, { status: 'ok' }),
    notReady: problemAnswer({ code: 'no_instance', message: 'no worker can answer now' }),
  },
  '/v2/health/ready': { ready: json(200, { ready: true }), notReady: json(503, { ready: false }) },
  '/v2/health/live': { ready: json(200, { live: true }), notReady: json(200, { live: true }) },
}

const paths = new Map<string, HealthPath>(Object.entries(answers))

const otherMethods = new Map(
  healthPaths.map((path): [string, Answer] => [
    path,
    problemAnswer({ code: 'method_not_allowed', message: `${path} takes ${methods}; use one of them` }, [
      'allow',
      methods,
    ]),
  ]),
)

/**
 * The answer to a health check as balancers send them, by any of three methods, with or without a query: 200 if requests can be
 * answered, else 503. Undefined for any other request. It is given by the port's own process at once, whatever waits; no service can
 * have these paths.
 */
export function answerHealthCheck(
  { method, url }: { readonly method: string; readonly url: string },
  isReady: boolean,
): Answer | undefined {
  if (!url.startsWith('/-/health') && !url.startsWith('/v2/health/')) return undefined
  const path = url.replace(/\/?(\?.*)?$/s, '')
  const found = paths.get(path)
  if (found === undefined) return undefined
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') return otherMethods.get(path)
  return isReady ? found.ready : found.notReady
}
