import type { Finding, Found } from '../finding.ts'
import type { FindFiles, SourceFile } from '../source-file.ts'
import { addressFault, isOfThisMachine } from './addresses.ts'
import type { NginxNotes } from './notes.ts'
import { leave, levels, noteDirective, understand } from './notes.ts'
import type { PlacedDirective } from './placed-directive.ts'
import { placeDirectives } from './placed-directive.ts'
import type { Proxied } from './read-location.ts'
import { passesOn } from './read-location.ts'
import type { Failover } from './read-server.ts'
import { readServer } from './read-server.ts'
import type { Target } from './read-upstream.ts'
import { readUpstream, withPort } from './read-upstream.ts'
import type { SettingKey } from './settings.ts'

/** The settings of an nginx in front of services. */
export type NginxSetup = {
  readonly listen: Found<string> | undefined
  /** The addresses of the services that nginx passes requests to. */
  readonly targets: readonly Target[]
  readonly staticFolder: Found<string> | undefined
  readonly settings: ReadonlyMap<SettingKey, Found<number>>
  readonly findings: readonly Finding[]
}

/**
 * Reads the configuration of an nginx in front of services, from its main file or from one that is included. Of several servers it
 * takes the first that passes requests to a known address, else the first whose address can be read. Throws `host_file_invalid`.
 */
export function readNginx(
  source: SourceFile,
  files: FindFiles,
  isKnown: (address: string) => boolean = () => false,
): NginxSetup {
  const notes: NginxNotes = { settings: new Map(), findings: [], settled: new Set() }
  const directives = placeDirectives(source, files, notes.findings).flatMap((directive) =>
    directive.name === 'http' ? (directive.block ?? []) : [directive],
  )
  const upstreams = directives.filter(({ name }) => name === 'upstream')
  const servers = directives.filter(({ name }) => name === 'server')
  const around = directives.filter(
    (directive) => !upstreams.includes(directive) && !servers.includes(directive),
  )
  const proxies = servers.filter((server) => server.block?.some(passesOn) === true)
  const chosen =
    proxies.find((server) => addressesOf(server, upstreams).some(isKnown)) ??
    proxies.find((server) => addressesOf(server, upstreams).some((address) => !address.includes('$'))) ??
    proxies[0]
  for (const directive of around) noteDirective(directive, levels.http, notes)
  for (const server of servers)
    if (server !== chosen)
      leave(
        server,
        proxies.includes(server)
          ? 'another server; the gateway has one address, so keep nginx for this one'
          : 'this server passes no requests on; keep nginx for it',
        notes,
      )
  if (chosen === undefined) {
    for (const upstream of upstreams) leave(upstream, 'no server in these files passes requests to it', notes)
    return { ...taken(notes), listen: undefined, targets: [], staticFolder: undefined }
  }
  const { listen, proxied, failovers, staticFolder } = readServer(chosen, around, notes)
  const [first] = proxied
  for (const other of proxied)
    if (other.value !== first?.value)
      notes.findings.push({
        place: other.place,
        what: `proxy_pass http://${other.value}`,
        kind: 'left',
        because: `requests already go to ${first?.value ?? ''}, and the gateway has only one pair of instances`,
      })
  const targets = [...(first === undefined ? [] : targetsOf(first, upstreams, notes))]
  for (const failover of failovers) readFailover(failover, targets, upstreams, notes)
  const used = [...proxied.slice(0, 1), ...failovers.flatMap((failover) => failover.proxied)]
  for (const upstream of upstreams)
    if (!used.some(({ value }) => value === upstream.args[0]))
      leave(upstream, 'no location that was taken over passes requests to it', notes)
  return { ...taken(notes), listen, targets, staticFolder }
}

function taken({ settings, findings }: NginxNotes): Pick<NginxSetup, 'settings' | 'findings'> {
  return {
    settings: new Map([...settings].map(([key, { found }]) => [key, found])),
    findings,
  }
}

/** Every address that a block passes requests to. */
function addressesOf(block: PlacedDirective, upstreams: readonly PlacedDirective[]): readonly string[] {
  return (block.block ?? []).flatMap((directive): readonly string[] => {
    if (directive.name !== 'proxy_pass') return addressesOf(directive, upstreams)
    const [, socket, host = ''] = /^http:\/\/(?:(unix:[^:]+)|([^/]+))/.exec(directive.args[0] ?? '') ?? []
    const upstream = upstreams.find(({ args: [name] }) => name === host)
    if (upstream === undefined) return [socket ?? withPort(host)]
    return (upstream.block ?? []).flatMap(({ name, args }) =>
      name === 'server' ? [withPort(args[0] ?? '')] : [],
    )
  })
}

function targetsOf(
  { value, place }: Proxied,
  upstreams: readonly PlacedDirective[],
  notes: NginxNotes,
): readonly Target[] {
  const upstream = upstreams.find(({ args: [name] }) => name === value)
  if (upstream !== undefined) return readUpstream(upstream, notes)
  return [{ address: withPort(value), isBackup: false, place, what: `proxy_pass http://${value}` }]
}

/** Answers that show that an instance is down; on any other the gateway does not retry. */
const awayCodes: readonly string[] = ['502', '503', '504']

/** A hand-written failover: its target becomes the backup, if there is none yet. */
function readFailover(
  { errorPages, location, proxied }: Failover,
  targets: Target[],
  upstreams: readonly PlacedDirective[],
  notes: NginxNotes,
): void {
  const [to] = proxied
  const others = to === undefined ? [] : targetsOf(to, upstreams, { ...notes, findings: [] })
  const [only] = others
  const isFree =
    targets.length === 1 &&
    only !== undefined &&
    only.address !== targets[0]?.address &&
    isOfThisMachine(only.address) &&
    addressFault(only.address) === undefined
  if (isFree) targets.push({ ...only, isBackup: true })
  const isBackup =
    others.length === 1 && targets.some((target, index) => index > 0 && target.address === only?.address)
  for (const errorPage of errorPages) {
    const codes = errorPage.args.filter((arg) => /^\d{3}$/.test(arg))
    const further = codes.filter((code) => !awayCodes.includes(code))
    if (!isBackup)
      leave(
        errorPage,
        'this does not lead to the backup, and the gateway has only one pair of instances',
        notes,
      )
    else if (further.length > 0)
      leave(
        errorPage,
        `the gateway uses the backup if the primary is down, not after an answer of ${further.join(', ')}`,
        notes,
      )
    else
      understand(
        errorPage,
        'the gateway uses the backup while the primary is down; after a failure it retries only routes.predict and routes.get',
        notes,
      )
  }
  if (isBackup) understand(location, 'this leads to the backup', notes)
  else leave(location, 'this does not lead to the backup', notes)
}
