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
      `the instances speak HTTP, not ${other.name.replace('_pass', '')}; write the routes of ${location.args.join(' ')} in the service file`,
      notes,
    )
  else
    leave(
      location,
      'the gateway passes everything except /static/ to the service; write a route for this path, or keep nginx',
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
    leave(location, 'neither this block nor those around it set its folder with alias or root', notes)
    return undefined
  }
  for (const directive of block)
    if (directive.name === 'charset') understand(directive, 'the gateway sends static text as utf-8', notes)
    else if (directive !== folder)
      leave(directive, 'the gateway sends static files unchanged, and lists no folders', notes)
  const [text = ''] = folder.args
  if (!text.startsWith('/') || text.includes('$')) {
    leave(folder, 'the full path is not in these files; look it up (`nginx -V` shows the prefix)', notes)
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
      leave(directive, 'a condition in nginx; the gateway passes every request to the service', notes)
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
    leave(pass, 'only http:// addresses are taken over', notes)
    return []
  }
  if (value.includes('$')) {
    leave(pass, 'the address is in a variable; look up where it is set', notes)
    return []
  }
  if (path !== undefined && path !== location.args.at(-1))
    leave(
      pass,
      `nginx changes the paths of ${describeDirective(location)}; the gateway passes them on as callers send them`,
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
