import type { Found } from './finding.ts'
import { finding, leave, noteDirective, noteHeader } from './nginx-notes.ts'
import type { NginxNotes } from './nginx-notes.ts'
import { describeDirective } from './placed-directive.ts'
import type { PlacedDirective } from './placed-directive.ts'

export type LocationFacts = {
  /** The upstream or the address that it passes requests to. */
  readonly proxied: Found<string> | undefined
  /** The folder that is served under `/static/`. */
  readonly staticFolder: Found<string> | undefined
}

const nothing: LocationFacts = { proxied: undefined, staticFolder: undefined }

/** Reads a `location`: one that passes requests on, or the one of static files. */
export function readLocation(location: PlacedDirective, notes: NginxNotes): LocationFacts {
  const block = location.block ?? []
  const pass = block.find(({ name }) => name === 'proxy_pass')
  if (pass !== undefined) return readProxied(location, pass, notes)
  if (!isPrefix(location, '/static')) {
    leave(
      location,
      'the gateway passes everything but /static/ to the service; write a route for it, or keep nginx',
      notes,
    )
    return nothing
  }
  const folder = block.find(({ name }) => name === 'alias' || name === 'root')
  if (folder === undefined) {
    leave(location, 'it names no folder by alias or root', notes)
    return nothing
  }
  for (const directive of block)
    if (directive.name === 'charset')
      notes.findings.push(finding(directive, 'needless', 'the gateway says utf-8 of static text'))
    else if (directive !== folder)
      leave(directive, 'static files are sent as they are, without a listing', notes)
  const path = (folder.args[0] ?? '').replace(/\/+$/, '')
  return {
    proxied: undefined,
    staticFolder: {
      value: folder.name === 'alias' ? path : `${path}/static`,
      places: [location.place, folder.place],
    },
  }
}

function readProxied(location: PlacedDirective, pass: PlacedDirective, notes: NginxNotes): LocationFacts {
  const target = /^http:\/\/([^/]+?)(\/.*)?$/.exec(pass.args[0] ?? '')
  if (target?.[1] === undefined) {
    leave(pass, 'only http:// to an upstream or to host:port is taken over', notes)
    return nothing
  }
  if (target[2] !== undefined && target[2] !== location.args.at(-1))
    leave(
      pass,
      `nginx changes the path here; the service gets ${describeDirective(location)} as callers write it`,
      notes,
    )
  if (!isPrefix(location, '/'))
    notes.findings.push(finding(location, 'needless', 'the gateway passes every path to the service'))
  for (const directive of location.block ?? []) {
    if (directive === pass) continue
    if (directive.name === 'proxy_set_header') noteHeader(directive, notes)
    else noteDirective(directive, notes)
  }
  return { proxied: { value: target[1], places: [pass.place] }, staticFolder: undefined }
}

/** Whether a location is the one of a path, with or without a slash at its end. */
function isPrefix({ args }: PlacedDirective, path: string): boolean {
  const [first = '', second] = args
  const written = second === undefined ? first : first === '^~' ? second : ''
  return written.replace(/\/+$/, '') === path.replace(/\/+$/, '') && written !== ''
}
