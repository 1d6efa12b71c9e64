import type { Found } from '../finding.ts'
import type { NginxNotes } from './notes.ts'
import { leave, levels, noteDirective, understand } from './notes.ts'
import type { PlacedDirective } from './placed-directive.ts'
import { readListen } from './read-listen.ts'
import type { Proxied } from './read-location.ts'
import { isNamed, passesOn, readLocation } from './read-location.ts'

export type ServerFacts = {
  readonly listen: Found<string> | undefined
  /** Upstreams and addresses, in their order. */
  readonly proxied: readonly Proxied[]
  /** Where an error sends a request on, by a location that only has a name. */
  readonly failovers: readonly Failover[]
  readonly staticFolder: Found<string> | undefined
}

/** A failover that somebody wrote by hand: `error_page 502 = @other`, once or more often, and that location. */
export type Failover = {
  readonly errorPages: readonly PlacedDirective[]
  readonly location: PlacedDirective
  readonly proxied: readonly Proxied[]
}

/** Reads a `server` that passes requests on; `around` are the directives of the http block. */
export function readServer(
  server: PlacedDirective,
  around: readonly PlacedDirective[],
  notes: NginxNotes,
): ServerFacts {
  const block = server.block ?? []
  const isTls = [...around, ...block].some(({ name, args }) => name === 'ssl' && args[0] === 'on')
  const roots = [...around, ...block].filter(({ name }) => name === 'root')
  const locations = block.filter(({ name }) => name === 'location')
  const failovers = locations.filter(passesOn).flatMap((location) => findFailover(location, server))
  for (const { errorPages } of failovers) for (const errorPage of errorPages) notes.settled.add(errorPage)
  let listen: Found<string> | undefined
  for (const directive of block)
    switch (directive.name) {
      case 'listen':
        if (listen !== undefined) leave(directive, 'the gateway listens on one address', notes)
        else {
          const value = readListen(directive, isTls, notes)
          if (value !== undefined) listen = { value, places: [directive.place] }
        }
        break
      case 'location':
        break
      case 'root':
        understand(directive, 'used if the location of static files does not set a folder', notes)
        break
      default:
        noteDirective(directive, levels.server, notes)
    }
  const proxied: Proxied[] = []
  let staticFolder: Found<string> | undefined
  for (const location of locations) {
    if (failovers.some((failover) => failover.location === location)) continue
    if (isNamed(location) && !isReached(location, server)) {
      leave(location, 'no try_files or error_page leads to it', notes)
      continue
    }
    const facts = readLocation(location, roots, notes)
    proxied.push(...facts.proxied)
    staticFolder ??= facts.staticFolder
  }
  return {
    listen,
    proxied,
    failovers: failovers.map(({ errorPages, location }) => ({
      errorPages,
      location,
      proxied: readLocation(location, roots, notes).proxied,
    })),
    staticFolder,
  }
}

/** The error pages of a location to which nothing else leads. */
function findFailover(
  location: PlacedDirective,
  server: PlacedDirective,
): readonly Omit<Failover, 'proxied'>[] {
  if (!isNamed(location) || leadTo(location, 'try_files', server).length > 0) return []
  const errorPages = leadTo(location, 'error_page', server)
  return errorPages.length === 0 ? [] : [{ errorPages, location }]
}

function isReached(location: PlacedDirective, server: PlacedDirective): boolean {
  return ['try_files', 'error_page'].some((name) => leadTo(location, name, server).length > 0)
}

/** The directives of a name anywhere in a block whose last argument is the location's name. */
function leadTo(
  location: PlacedDirective,
  name: string,
  { block = [] }: PlacedDirective,
): readonly PlacedDirective[] {
  return block.flatMap((directive) => [
    ...(directive.name === name && directive.args.at(-1) === location.args[0] ? [directive] : []),
    ...leadTo(location, name, directive),
  ])
}
