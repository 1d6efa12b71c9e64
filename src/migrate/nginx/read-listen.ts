import { addressFault } from './addresses.ts'
import type { NginxNotes } from './notes.ts'
import { leave, understand } from './notes.ts'
import type { PlacedDirective } from './placed-directive.ts'

/** Parameters of `listen` that change nothing for who connects. */
const harmless =
  /^(default(_server)?|deferred|reuseport|bind|backlog=.*|rcvbuf=.*|sndbuf=.*|fastopen=.*|so_keepalive=.*|ipv6only=.*|setfib=.*|accept_filter=.*)$/

/** The address of a `listen` directive as the configuration writes it, or undefined if the gateway cannot take it over. */
export function readListen(
  directive: PlacedDirective,
  isTls: boolean,
  notes: NginxNotes,
): string | undefined {
  const [text = '', ...parameters] = directive.args
  const address = listenAddress(text)
  const fault = addressFault(address)
  const other = parameters.filter((parameter) => !harmless.test(parameter))
  if (isTls || parameters.includes('ssl') || parameters.includes('quic'))
    leave(directive, 'the gateway does not support TLS; keep nginx in front of it', notes)
  else if (/:443$/.test(address))
    leave(
      directive,
      '443 is the port of TLS, but nothing in these files turns TLS on; find out what does, and keep it in front',
      notes,
    )
  else if (parameters.includes('proxy_protocol'))
    leave(directive, 'the gateway does not support the PROXY protocol; keep nginx in front of it', notes)
  else if (fault !== undefined) leave(directive, fault, notes)
  else {
    if (other.length > 0)
      leave(directive, `without ${other.join(' ')}, which the gateway does not support`, notes)
    else if (parameters.length > 0)
      understand(directive, `${parameters.join(' ')}: nothing else listens on the gateway’s address`, notes)
    return address
  }
  return undefined
}

function listenAddress(text: string): string {
  if (text.startsWith('unix:')) return text
  if (/^\d+$/.test(text)) return `0.0.0.0:${text}`
  const all = text.replace(/^\*:/, '0.0.0.0:').replace(/^\*$/, '0.0.0.0')
  return /:\d+$/.test(all) ? all : `${all}:80`
}
