import type { Place } from '../finding.ts'
import type { NginxNotes } from './notes.ts'
import { leave, levels, noteDirective, understand } from './notes.ts'
import type { PlacedDirective } from './placed-directive.ts'

/** A server that nginx passes requests to. */
export type Target = {
  readonly address: string
  /** Whether it gets requests only if the others do not answer. */
  readonly isBackup: boolean
  readonly place: Place
  /** As it is written there. */
  readonly what: string
}

/** The servers of an upstream. */
export function readUpstream({ block = [] }: PlacedDirective, notes: NginxNotes): readonly Target[] {
  const targets: Target[] = []
  for (const directive of block) {
    const [text = '', ...parameters] = directive.args
    const address = withPort(text)
    if (/^(keepalive|zone)/.test(directive.name))
      understand(directive, 'the gateway is always connected to the instances', notes)
    else if (directive.name !== 'server') noteDirective(directive, levels.http, notes)
    else if (parameters.includes('down')) leave(directive, 'this server is marked down', notes)
    else if (targets.some((target) => target.address === address))
      leave(directive, 'the same server as above', notes)
    else {
      targets.push({
        address,
        isBackup: parameters.includes('backup'),
        place: directive.place,
        what: `server ${text}`,
      })
      noteParameters(
        directive,
        parameters.filter((parameter) => parameter !== 'backup'),
        notes,
      )
    }
  }
  return targets
}

function noteParameters(directive: PlacedDirective, parameters: readonly string[], notes: NginxNotes): void {
  const isFailing = (parameter: string): boolean => /^(max_fails|fail_timeout)=/.test(parameter)
  const failing = parameters.filter(isFailing)
  const others = parameters.filter((parameter) => !isFailing(parameter))
  if (failing.length > 0)
    understand(directive, `${failing.join(' ')}: the gateway checks each worker ten times a second`, notes)
  if (others.length > 0)
    leave(directive, `${others.join(' ')}: the gateway gives each request to the least busy worker`, notes)
}

export function withPort(address: string): string {
  return address.startsWith('unix:') || /:\d+$/.test(address) ? address : `${address}:80`
}
