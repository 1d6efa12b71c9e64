import { finding } from './nginx-notes.ts'
import type { NginxNotes } from './nginx-notes.ts'
import type { PlacedDirective } from './placed-directive.ts'

/** The address of a `listen` directive as the configuration writes it; says what of its parameters is not taken over. */
export function readListen(directive: PlacedDirective, notes: NginxNotes): string {
  const [address = '', ...parameters] = directive.args
  if (parameters.length > 0)
    notes.findings.push(
      finding(directive, 'needless', `${parameters.join(' ')}: the gateway is alone at its address`),
    )
  if (address.startsWith('unix:')) return address
  if (/^\d+$/.test(address)) return `0.0.0.0:${address}`
  const all = address.replace(/^\*:/, '0.0.0.0:')
  return /:\d+$/.test(all) ? all : `${all}:80`
}
