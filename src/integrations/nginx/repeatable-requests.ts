import type { DeclaredRoute } from './describe-nginx.ts'
import type { NginxDirective } from './directive.ts'
import { directive } from './directive.ts'

/** Set for a request that may be sent to both instances, and empty for any other. */
export const repeatVariable = '$changeover_repeat'

/** The location to which a paused instance is to lead a request that it has not begun; empty for none. */
export const pausedVariable = '$changeover_when_paused'

const once = ''
const repeatable = 'yes'

/** What the program answers if no route of the service does. */
const healthRoutes = ['/-/health', '/v2/health/live', '/v2/health/ready'].map((path): DeclaredRoute => ({
  method: 'GET',
  path,
  repeat: 'freely',
}))
const homeRoute: DeclaredRoute = { method: 'GET', path: '/', repeat: 'freely' }

/** A segment of a path as it stands for a parameter: with an escape or a dot in front, routers differ on what it is. */
const parameter = '[^/?%#.][^/?%#]*'
const pathEnd = '/?(\\?|$)'

/**
 * A `map` that tells for each request whether it may be sent twice. It reads the request as the client wrote it, which is
 * what the service's router gets: nginx itself resolves `..`, escapes and doubled slashes, and so may take a request for
 * another one. A path that is written in an unusual way may not be sent twice, nor one that no route is known for.
 *
 * The first line that matches decides, as in the service's router: a path without parameters comes before one with them.
 */
export function repeatMap(routes: readonly DeclaredRoute[]): NginxDirective {
  const mayRepeat = (route: DeclaredRoute): boolean => route.repeat !== 'never'
  const lines = [
    ...[...healthRoutes, ...routes.filter(mayRepeat)]
      .filter(isStatic)
      .map((route) => line(exactly(route), repeatable)),
    ...routes.filter((route) => !mayRepeat(route)).map((route) => line(atLeast(route), once)),
    ...[...routes.filter(mayRepeat).filter((route) => !isStatic(route)), homeRoute].map((route) =>
      line(exactly(route), repeatable),
    ),
  ]
  return directive('map', ['$request_method $request_uri', repeatVariable], {
    comment: [
      'Whether a request may be sent to both instances. The kind of its route in the service file decides.',
    ],
    block: [directive('default', [once]), ...new Map(lines.map((one) => [one.name, one])).values()],
  })
}

/** A `map` that has a paused instance lead to `location` what may be sent only once. */
export function pausedMap(location: string): NginxDirective {
  return directive('map', [repeatVariable, pausedVariable], {
    comment: [
      'Where a paused instance leads what may not be sent twice, by X-Accel-Redirect. By its 503, nginx could',
      'not tell it from an answer of the service.',
    ],
    block: [directive('default', [location]), directive(repeatable, [''])],
  })
}

function line(pattern: string, value: string): NginxDirective {
  return directive(`~^${pattern}`, [value])
}

function isStatic({ path }: DeclaredRoute): boolean {
  return !/[:*]/.test(path)
}

/** Requests that lead to this route and to no other of the same precedence. */
function exactly({ method, path }: DeclaredRoute): string {
  const segments = segmentsOf(path).map((segment) => {
    if (segment.includes('*')) return '/[^?%#]*'
    if (!segment.includes(':')) return `/${literally(segment)}`
    return segment.endsWith('?') ? `(/${parameter})?` : `/${parameter}`
  })
  return `${methodOf(method)} ${segments.length === 0 ? '/(\\?|$)' : segments.join('') + pathEnd}`
}

/** Requests that might lead to this route; of one with parameters, all that begin as it does. */
function atLeast({ method, path }: DeclaredRoute): string {
  const known = isStatic({ method, path, repeat: 'never' }) ? path : path.slice(0, path.search(/[:*]/))
  const slashes = segmentsOf(known)
    .map((segment) => `/+${literally(segment)}`)
    .join('')
  return `${methodOf(method)} ${known === path ? `${slashes}/*(\\?|$)` : slashes === '' ? '/' : slashes}`
}

/** A HEAD is answered by the GET route. */
function methodOf(method: string): string {
  return method === 'GET' ? '(GET|HEAD)' : method
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** A segment as it stands in a request, as a regular expression; escapes may be written in either case. */
function literally(segment: string): string {
  return encodeURI(segment)
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/(%[0-9A-F]{2})+/g, '(?i:$&)')
}
