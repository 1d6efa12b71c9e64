export type PathValue = string | number | boolean
export type QueryValue = PathValue | readonly PathValue[] | null | undefined

/** Where the name of a parameter ends: before a slash, a hyphen, a dot or its pattern, or with `?` if it may be left out. */
const nameEnd = /[/\-.(?]/

/**
 * The path of a request: that of a route, as its service declares it, with its parameters. Throws a TypeError for one that is
 * missing, or that would make it the path of another route.
 */
export function fillPath(route: string, params: Readonly<Record<string, unknown>> = {}): string {
  const path = fill(route, params)
  const bad = path.split('/').find((segment) => segment === '.' || segment === '..')
  if (bad === undefined) return path
  throw new TypeError(`the path ${path} would lead elsewhere because of “${bad}” in it; leave it out`)
}

function fill(route: string, params: Readonly<Record<string, unknown>>): string {
  let path = ''
  for (let i = 0; i < route.length;) {
    if (route.startsWith('::', i)) {
      path += ':'
      i += 2
    } else if (route[i] === '*') {
      path += textOf(params['*'], '*').split('/').map(encodeURIComponent).join('/')
      i++
    } else if (route[i] === ':') {
      const parameter = readParameter(route, i + 1)
      const value = params[parameter.name]
      i = parameter.end
      if (value === undefined && parameter.isOptional) path = path.replace(/\/$/, '')
      else path += encodeURIComponent(textOf(value, parameter.name))
    } else path += route[i++]?.replace('%', '%25') ?? ''
  }
  return path === '' ? '/' : path
}

type Parameter = { readonly name: string; readonly isOptional: boolean; readonly end: number }

function readParameter(route: string, start: number): Parameter {
  const length = route.slice(start).search(nameEnd)
  const nameStop = length < 0 ? route.length : start + length
  const stop = route[nameStop] === '(' ? skipPattern(route, nameStop) : nameStop
  const isOptional = route[stop] === '?'
  return { name: route.slice(start, nameStop), isOptional, end: isOptional ? stop + 1 : stop }
}

/** Where the pattern of a parameter ends that opens at `open`. */
function skipPattern(route: string, open: number): number {
  let depth = 0
  for (let i = open; i < route.length; i++) {
    if (route[i] === '\\') i++
    else if (route[i] === '(') depth++
    else if (route[i] === ')' && --depth === 0) return i + 1
  }
  return route.length
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(
    `the parameter ${name} of the path is ${value === '' ? 'empty' : String(value)}; give it in params`,
  )
}

/** `?a=1&b=x&b=y`, or nothing. */
export function formatQuery(query: Readonly<Record<string, QueryValue>> = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value]
      .flat()
      .filter((one) => one !== undefined && one !== null)
      .map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`),
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
