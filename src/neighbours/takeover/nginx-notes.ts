import type { Finding, Found } from './finding.ts'
import { readSetting, whyNeedless } from './nginx-settings.ts'
import type { SettingKey } from './nginx-settings.ts'
import { describeDirective } from './placed-directive.ts'
import type { PlacedDirective } from './placed-directive.ts'

/** What is gathered on the way through the blocks. */
export type NginxNotes = {
  readonly settings: Map<SettingKey, Found<number>>
  readonly findings: Finding[]
}

/** Takes a setting, or says what else becomes of a directive; what is written deeper inside counts. */
export function noteDirective(directive: PlacedDirective, notes: NginxNotes): void {
  const { name, args, place } = directive
  const setting = readSetting(name, args)
  const because = isFailover(directive) ? asksOther : whyNeedless(name)
  if (setting !== undefined) notes.settings.set(setting.key, { value: setting.value, places: [place] })
  else if (because !== undefined) notes.findings.push(finding(directive, 'needless', because))
  else leave(directive, 'not understood; keep nginx in front where it matters', notes)
}

const asksOther = 'the gateway asks the other instance by itself'

/** A hand-made failover: an error sends the request to a location that has only a name and passes it on. */
export function isFailover({ name, args, block = [] }: PlacedDirective): boolean {
  if (name === 'error_page') return args.at(-1)?.startsWith('@') === true
  const passesOn = block.some((directive) => directive.name === 'proxy_pass')
  return name === 'location' && args[0]?.startsWith('@') === true && passesOn
}

export function leave(directive: PlacedDirective, because: string, { findings }: NginxNotes): void {
  findings.push(finding(directive, 'left', because))
}

export function finding(directive: PlacedDirective, kind: Finding['kind'], because: string): Finding {
  return { place: directive.place, what: describeDirective(directive), kind, because }
}

/** Headers that the gateway sets by itself, in small letters. */
const ownHeaders: readonly string[] = ['host', 'connection', 'x-real-ip', 'x-forwarded-for']

export function noteHeader(directive: PlacedDirective, notes: NginxNotes): void {
  if (ownHeaders.includes(directive.args[0]?.toLowerCase() ?? ''))
    notes.findings.push(finding(directive, 'needless', 'the gateway does so by itself'))
  else leave(directive, 'the gateway sets X-Real-IP and X-Forwarded-For only', notes)
}
