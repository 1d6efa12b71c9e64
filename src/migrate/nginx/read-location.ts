import type { Found, Place } from '../finding.ts'
import type { NginxNotes } from './notes.ts'
import { leave, levels, noteDirective, understand } from './notes.ts'
import type { PlacedDirective } from './placed-directive.ts'
import { describeDirective } from './placed-directive.ts'

/** An upstream or an address that requests are passed to. */
export type Proxied = { readonly value: string; readonly place: Place }

export type LocationFacts = {
  readonly proxied: readonly Proxied[]
  /** The folder that is served under `/static/`. */
  readonly staticFolder: Found<string> | undefined
}

const nothing: LocationFacts = { proxied: [], staticFolder: undefined }

/** Blocks in which `proxy_pass` may stand. */
const inner: readonly string[] = ['location', 'if', 'limit_except']

/** Whether a block passes requests on, itself or further inside. */
export function passesOn({ block = [] }: PlacedDirective): boolean {
  return block.some(
    (directive) => directive.name === 'proxy_pass' || (inner.includes(directive.name) && passesOn(directive)),
  )
}

/** Reads a `location`: one that passes requests on, or the one of static files. `roots` are the `root` lines around it. */
export function readLocation(
  location: PlacedDirective,
  roots: readonly PlacedDirective[],
  notes: NginxNotes,
): LocationFacts {
  const block = location.block ?? []
  if (passesOn(location)) return { ...nothing, proxied: readProxied(location, notes) }
  if (isPrefix(location, '/static')) return { ...nothing, staticFolder: readStatic(location, roots, notes) }
  if (block.some(({ name, args }) => name === 'try_files' && args.at(-1)?.startsWith('@') === true)) {
    for (const directive of block) noteDirective(directive, levels.location, notes)
    return nothing
  }
  const other = block.find(({ name }) => /^(uwsgi|fastcgi|scgi|grpc|memcached)_pass$/.test(name))
  if (other !== undefined)
    leave(
      other,
      `${other.name.replace('_pass', '')} is not HTTP, which the instances speak; write the routes of ${location.args.join(' ')} in the service`,
      notes,
    )
  else
    leave(
      location,
      'the gateway passes everything but /static/ to the service; write a route for it, or keep nginx',
      notes,
    )
  return nothing
}

function readStatic(
  location: PlacedDirective,
  roots: readonly PlacedDirective[],
  notes: NginxNotes,
): Found<string> | undefined {
  const block = location.block ?? []
  const folder = block.find(({ name }) => name === 'alias' || name === 'root') ?? roots.at(-1)
  if (folder === undefined) {
    leave(location, 'no line around it names its folder by alias or root', notes)
    return undefined
  }
  for (const directive of block)
    if (directive.name === 'charset') understand(directive, 'the gateway says utf-8 of static text', notes)
    else if (directive !== folder)
      leave(directive, 'static files are sent as they are, without a listing', notes)
  const [text = ''] = folder.args
  if (!text.startsWith('/') || text.includes('$')) {
    leave(folder, 'what folder that is, is settled elsewhere (`nginx -V` has the prefix); look it up', notes)
    return undefined
  }
  const path = text.replace(/\/+$/, '')
  return {
    value: folder.name === 'alias' ? path || '/' : `${path}/static`,
    places: [location.place, folder.place],
  }
}

function readProxied(location: PlacedDirective, notes: NginxNotes): readonly Proxied[] {
  if (!isPrefix(location, '/') && !isNamed(location))
    understand(location, 'the gateway passes every path to the service', notes)
  return (location.block ?? []).flatMap((directive) => {
    if (directive.name === 'proxy_pass') return readPass(directive, location, notes)
    if (!inner.includes(directive.name)) {
      noteDirective(directive, levels.location, notes)
      return []
    }
    if (directive.name !== 'location')
      leave(directive, 'a condition of nginx’s; the gateway passes every request to the service', notes)
    if (!passesOn(directive)) {
      if (directive.name === 'location') readLocation(directive, [], notes)
      return []
    }
    return directive.name === 'location'
      ? readProxied(directive, notes)
      : (directive.block ?? []).flatMap((one) => {
          if (one.name === 'proxy_pass') return readPass(one, location, notes)
          noteDirective(one, levels.location, notes)
          return []
        })
  })
}

function readPass(pass: PlacedDirective, location: PlacedDirective, notes: NginxNotes): readonly Proxied[] {
  const [url = ''] = pass.args
  const [, socket, host, path] = /^http:\/\/(?:(unix:[^:]+):?|([^/]+))(\/.*)?$/i.exec(url) ?? []
  const value = socket ?? host
  if (value === undefined) {
    leave(pass, 'only http:// is taken over', notes)
    return []
  }
  if (value.includes('$')) {
    leave(pass, 'a variable names the service; look up what sets it', notes)
    return []
  }
  if (path !== undefined && path !== location.args.at(-1))
    leave(
      pass,
      `nginx changes the path here; the service gets ${describeDirective(location)} as callers write it`,
      notes,
    )
  return [{ value, place: pass.place }]
}

export function isNamed({ args }: PlacedDirective): boolean {
  return args[0]?.startsWith('@') === true
}

/** Whether a location is the one of a path, with or without a slash at its end. */
function isPrefix({ args }: PlacedDirective, path: string): boolean {
  const [first = '', second] = args
  const written = second === undefined ? first : first === '^~' ? second : ''
  return written.replace(/\/+$/, '') === path.replace(/\/+$/, '') && written !== ''
}
