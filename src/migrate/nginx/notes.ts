import type { Finding, Found } from '../finding.ts'
import { formatPlace } from '../finding.ts'
import type { PlacedDirective } from './placed-directive.ts'
import { describeDirective } from './placed-directive.ts'
import type { SettingKey } from './settings.ts'
import { readSetting, whyLeft, whyNeedless } from './settings.ts'

/** How deep inside a directive is written: the deepest one counts. */
export const levels = { http: 0, server: 1, location: 2 } as const
export type Level = (typeof levels)[keyof typeof levels]

type Noted = { readonly found: Found<number>; readonly level: Level }

/** What is gathered on the way through the blocks. */
export type NginxNotes = {
  readonly settings: Map<SettingKey, Noted>
  readonly findings: Finding[]
  /** Directives that are covered elsewhere. */
  readonly settled: Set<PlacedDirective>
}

/** Takes a setting, or records what else becomes of a directive. */
export function noteDirective(directive: PlacedDirective, level: Level, notes: NginxNotes): void {
  const { name, args } = directive
  if (notes.settled.has(directive)) return
  if (name === 'proxy_set_header') {
    noteHeader(directive, notes)
    return
  }
  const setting = readSetting(name, args)
  const because = whyNeedless(name, args)
  if (setting !== undefined) noteSetting(directive, setting, level, notes)
  else if (because !== undefined) understand(directive, because, notes)
  else leave(directive, whyLeft(name, args), notes)
}

function noteSetting(
  directive: PlacedDirective,
  setting: NonNullable<ReturnType<typeof readSetting>>,
  level: Level,
  notes: NginxNotes,
): void {
  const { key, value, fault } = setting
  const before = notes.settings.get(key)
  if (before !== undefined && before.level === level) {
    const [place] = before.found.places
    if (before.found.value !== value && place !== undefined)
      leave(directive, `${key} is the same for all requests; ${formatPlace(place)} was used`, notes)
    return
  }
  if (fault !== undefined) leave(directive, fault, notes)
  if (value === undefined) notes.settings.delete(key)
  else notes.settings.set(key, { found: { value, places: [directive.place] }, level })
}

export function leave(directive: PlacedDirective, because: string, { findings }: NginxNotes): void {
  findings.push({ place: directive.place, what: describeDirective(directive), kind: 'left', because })
}

export function understand(directive: PlacedDirective, because: string, { findings }: NginxNotes): void {
  findings.push({ place: directive.place, what: describeDirective(directive), kind: 'needless', because })
}

/** The headers that the gateway itself sends to the service, by name in lower case. */
const ownHeaders = new Map<string, readonly string[]>([
  ['host', ['$host', '$http_host']],
  ['connection', ['']],
  ['x-real-ip', ['$remote_addr']],
  ['x-forwarded-for', ['$remote_addr']],
  ['x-forwarded-proto', ['']],
  ['x-request-id', ['$request_id', '$changeover_request_id']],
])

function noteHeader(directive: PlacedDirective, notes: NginxNotes): void {
  const [name = '', value = ''] = directive.args
  const own = ownHeaders.get(name.toLowerCase())
  if (own === undefined)
    leave(directive, 'the gateway sets only X-Real-IP, X-Forwarded-For and X-Request-Id', notes)
  else if (own.includes(value)) understand(directive, 'the gateway does this anyway', notes)
  else leave(directive, `the gateway sets it to ${own[0] === '' ? 'an empty value' : (own[0] ?? '')}`, notes)
}
