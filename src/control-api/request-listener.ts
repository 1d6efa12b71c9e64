import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

import { ChangeoverError } from '../contracts/index.ts'
import { sendError } from './exchange.ts'
import type { ControlCaller, ControlRoutes, Right } from './route.ts'
import { findRoute, includesRight } from './route.ts'

/** Finds out who sends a request that needs a right. Rejects with what the client is answered if it is not to be heard. */
export type IdentifyCaller = (
  request: IncomingMessage,
  response: ServerResponse,
  needed: Right,
) => Promise<ControlCaller>

/** Answers the requests of the control API, on whichever socket they come. */
export function createRequestListener(routes: ControlRoutes, identify: IdentifyCaller): RequestListener {
  return (request, response) => {
    answer(routes, identify, request, response).catch((error: unknown) => sendError(response, error))
  }
}

async function answer(
  routes: ControlRoutes,
  identify: IdentifyCaller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url: target = '' } = request
  const url = readUrl(target)
  const route = url && findRoute(routes, method, url.pathname)
  const needed = route?.right ?? 'look'
  const caller = await identify(request, response, needed)
  if (url === undefined || route === undefined)
    throw new ChangeoverError('route_not_found', `the control API has no ${method} ${target}`)
  if (!includesRight(caller.right, needed))
    throw new ChangeoverError(
      'not_allowed',
      `${method} ${url.pathname} changes something, and this token is only for looking; use one of control.tokens.change`,
    )
  await route.answer({ request, response, url, caller })
}

function readUrl(target: string): URL | undefined {
  const base = 'http://control'
  return target.startsWith('/') && URL.canParse(base + target) ? new URL(base + target) : undefined
}
