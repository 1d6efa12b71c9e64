import type { Finding, Found, Place, ReadFiles, SourceFile } from './finding.ts'
import { finding, isFailover, leave, noteDirective, noteHeader } from './nginx-notes.ts'
import type { NginxNotes } from './nginx-notes.ts'
import type { SettingKey } from './nginx-settings.ts'
import { placeDirectives } from './placed-directive.ts'
import type { PlacedDirective } from './placed-directive.ts'
import { readLocation } from './read-location.ts'
import { readListen } from './read-listen.ts'

/** What an nginx in front of two services says. */
export type NginxSetup = {
  readonly listen: Found<string> | undefined
  /** Where the services listen, the one that answers first; a backup after it. */
  readonly services: readonly Found<string>[]
  readonly staticFolder: Found<string> | undefined
  readonly settings: ReadonlyMap<SettingKey, Found<number>>
  readonly findings: readonly Finding[]
}

/** Reads the configuration of an nginx in front of services, from its main file or from one that is included. */
export function readNginx(source: SourceFile, readFiles: ReadFiles): NginxSetup {
  const directives = placeDirectives(source, readFiles).flatMap((directive) =>
    directive.name === 'http' ? (directive.block ?? []) : [directive],
  )
  const notes: NginxNotes = { settings: new Map(), findings: [] }
  const upstreams = directives.filter(({ name }) => name === 'upstream')
  const servers = directives.filter(({ name }) => name === 'server')
  const chosen = servers.find(isProxy)
  for (const directive of directives)
    if (directive.name !== 'upstream' && directive.name !== 'server') noteDirective(directive, notes)
  for (const server of servers)
    if (server !== chosen)
      leave(
        server,
        isProxy(server)
          ? 'a second server; the gateway has one address, so keep nginx for this one'
          : 'it passes nothing on; keep nginx for it',
        notes,
      )
  const { listen, proxied, staticFolder } = readServer(chosen, notes)
  const upstream = upstreams.find(({ args: [name] }) => name === proxied?.value)
  for (const other of upstreams)
    if (other !== upstream) leave(other, 'no location that is taken over passes to it', notes)
  return {
    listen,
    services:
      upstream === undefined ? (proxied === undefined ? [] : [proxied]) : readUpstream(upstream, notes),
    staticFolder,
    settings: notes.settings,
    findings: notes.findings,
  }
}

function isProxy({ block = [] }: PlacedDirective): boolean {
  return block.some(
    ({ name, block: inner = [] }) =>
      name === 'location' && inner.some((directive) => directive.name === 'proxy_pass'),
  )
}

type ServerFacts = {
  listen: Found<string> | undefined
  /** The name of an upstream, or an address. */
  proxied: Found<string> | undefined
  staticFolder: Found<string> | undefined
}

function readServer(server: PlacedDirective | undefined, notes: NginxNotes): ServerFacts {
  const facts: ServerFacts = { listen: undefined, proxied: undefined, staticFolder: undefined }
  for (const directive of server?.block ?? []) {
    switch (directive.name) {
      case 'listen':
        if (directive.args.includes('ssl'))
          leave(directive, 'the gateway speaks no TLS; keep nginx in front for it', notes)
        else if (facts.listen !== undefined) leave(directive, 'the gateway listens at one address', notes)
        else facts.listen = { value: readListen(directive, notes), places: [directive.place] }
        break
      case 'server_name':
        notes.findings.push(finding(directive, 'needless', 'the gateway answers by every name'))
        break
      case 'proxy_set_header':
        noteHeader(directive, notes)
        break
      case 'location': {
        if (isFailover(directive)) {
          noteDirective(directive, notes)
          break
        }
        const { proxied, staticFolder } = readLocation(directive, notes)
        if (facts.proxied !== undefined && proxied !== undefined && proxied.value !== facts.proxied.value)
          leave(directive, `it passes to ${proxied.value}; the gateway has one pair of instances`, notes)
        facts.proxied ??= proxied
        facts.staticFolder ??= staticFolder
        break
      }
      default:
        noteDirective(directive, notes)
    }
  }
  return facts
}

/** The servers of an upstream, those without `backup` first. */
function readUpstream({ block = [] }: PlacedDirective, notes: NginxNotes): readonly Found<string>[] {
  const servers: { readonly address: string; readonly isBackup: boolean; readonly place: Place }[] = []
  for (const directive of block) {
    const [address = '', ...parameters] = directive.args
    if (/^(keepalive|zone)/.test(directive.name))
      notes.findings.push(finding(directive, 'needless', 'the gateway is always connected to the instances'))
    else if (directive.name !== 'server') noteDirective(directive, notes)
    else if (parameters.includes('down')) leave(directive, 'it is marked down', notes)
    else {
      servers.push({
        address: withPort(address),
        isBackup: parameters.includes('backup'),
        place: directive.place,
      })
      const others = parameters.filter((parameter) => parameter !== 'backup')
      if (others.length > 0)
        notes.findings.push(
          finding(
            directive,
            'needless',
            `${others.join(' ')}: the gateway asks each worker ten times a second how it is`,
          ),
        )
    }
  }
  const primaries = servers.filter(({ isBackup }) => !isBackup)
  const ordered = [...primaries, ...servers.filter(({ isBackup }) => isBackup)]
  for (const { address, place } of ordered.slice(2))
    notes.findings.push({
      place,
      what: `server ${address}`,
      kind: 'left',
      because: 'there are two instances, a primary and a backup; for more processes raise workers',
    })
  if (primaries[1] !== undefined && primaries[1] === ordered[1])
    notes.findings.push({
      place: primaries[1].place,
      what: `server ${primaries[1].address}`,
      kind: 'left',
      because:
        'nginx shares the load between both; here it becomes the backup, so raise workers to use the machine',
    })
  return ordered.slice(0, 2).map(({ address, place }) => ({ value: address, places: [place] }))
}

function withPort(address: string): string {
  return address.startsWith('unix:') || /:\d+$/.test(address) ? address : `${address}:80`
}
