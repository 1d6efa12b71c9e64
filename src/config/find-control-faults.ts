import { isIP } from 'node:net'

import type { Config } from './schema/index.ts'
import { parseTcpAddress } from './schema/index.ts'

type Fault = { keys: string[]; message: string }

/** Checks of the control API's port and of TLS that the schema cannot express. */
export function findControlFaults({ control, gateway }: Pick<Config, 'control' | 'gateway'>): Fault[] {
  const faults: Fault[] = []
  if (gateway.kind === 'nginx' && gateway.tls !== undefined)
    faults.push({
      keys: ['gateway', 'tls'],
      message: 'works only with gateway.kind own; leave it out, or use gateway.kind own',
    })
  if (control === undefined) return faults
  const { bind, tls, insecure } = control
  const address = parseTcpAddress(bind)
  if (address === undefined || isIP(address.host) === 0)
    faults.push({
      keys: ['control', 'bind'],
      message: `is “${bind}”, which is not host:port with an IP address or localhost; write it as 127.0.0.1:8087`,
    })
  else if (!address.isLoopback && tls === undefined && !insecure)
    faults.push({
      keys: ['control', 'bind'],
      message: `is ${bind}, which other machines reach, and there is no control.tls, so that tokens could be read on the way; set control.tls, bind 127.0.0.1, or say control.insecure: true`,
    })
  return faults
}
