import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a caller must have to be answered: nothing, since nothing of the stack is told; the right to look; or that to change. */
export type Right = 'none' | 'look' | 'change'

/** Who calls, and what that one may do. */
export type ControlCaller = {
  readonly right: Right
  /** The name of a caller that cannot say by itself who it is, and its address; for the history. */
  readonly identity?: { readonly by: string; readonly address: string }
}

/** One request of the control API. */
export type ControlCall = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The path and the parameters; of the host nothing is known. */
  readonly url: URL
  readonly caller: ControlCaller
}

/** A route: the right that it needs, and what answers. A rejection that comes before the answer becomes problem details. */
export type ControlRoute = {
  readonly right: Right
  readonly answer: (call: ControlCall) => Promise<void>
}

/** Routes by method and path: `GET /v1/status`, or `GET /assets/*` for all that is in a folder. */
export type ControlRoutes = Readonly<Record<string, ControlRoute>>

const ranks: readonly Right[] = ['none', 'look', 'change']

/** Whether a right includes another one. */
export function includesRight(right: Right, needed: Right): boolean {
  return ranks.indexOf(right) >= ranks.indexOf(needed)
}

/** The route of a request, or undefined; a name in full goes before one of a folder. */
export function findRoute(routes: ControlRoutes, method: string, path: string): ControlRoute | undefined {
  const own = (name: string): ControlRoute | undefined =>
    Object.hasOwn(routes, name) ? routes[name] : undefined
  return own(`${method} ${path}`) ?? own(`${method} ${path.slice(0, path.lastIndexOf('/') + 1)}*`)
}
