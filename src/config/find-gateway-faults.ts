import { isIP } from 'node:net'

import type { Config } from './schema/index.ts'

type Fault = { keys: string[]; message: string }

/** Checks of what the gateway is told about proxies and browsers that the schema cannot express. */
export function findGatewayFaults({ gateway }: Pick<Config, 'gateway'>): Fault[] {
  const { kind, trustedProxies, cors, modelControl } = gateway
  const faults = [
    ...listFaults(['gateway', 'trustedProxies'], trustedProxies, findNetworkFault),
    ...listFaults(['gateway', 'cors', 'origins'], cors?.origins ?? [], findOriginFault),
    ...listFaults(['gateway', 'cors', 'headers'], cors?.headers ?? [], findNameFault),
  ]
  if (cors !== undefined && cors.origins.includes('*') && cors.origins.length > 1)
    faults.push({
      keys: ['gateway', 'cors', 'origins'],
      message: 'has * beside others; * allows all, so write * alone, or only the others',
    })
  if (modelControl && kind === 'nginx')
    faults.push({
      keys: ['gateway', 'modelControl'],
      message:
        'works only with gateway.kind own, because nginx cannot ask the supervisor; leave it out, or use gateway.kind own',
    })
  return faults
}

function listFaults(
  keys: readonly string[],
  values: readonly string[],
  findFault: (value: string) => string | undefined,
): Fault[] {
  return values.flatMap((value, place) => {
    const message = findFault(value)
    return message === undefined ? [] : [{ keys: [...keys, String(place)], message }]
  })
}

/** As nginx takes it too, so that both kinds of gateway trust the same. */
function findNetworkFault(network: string): string | undefined {
  if (network === 'unix:') return undefined
  const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(network) ?? []
  const version = isIP(address)
  if (version === 0)
    return `is “${network}”, which is not an address or a network; write one as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32`
  if (/^::ffff:/i.test(address)) return `is “${network}”; write an IPv4 address as such, without ::ffff:`
  const bits = version === 4 ? 32 : 128
  return Number(prefix ?? bits) <= bits ? undefined : `is “${network}”, but an address has only ${bits} bits`
}

function findOriginFault(origin: string): string | undefined {
  if (origin === '*') return undefined
  const isWritten = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._[\]:-]+$/.test(origin)
  const isWeb = /^https?:/i.test(origin)
  const known = isWeb && URL.canParse(origin) ? new URL(origin).origin : undefined
  if (isWritten && (known === origin || !isWeb)) return undefined
  const advice =
    known === undefined || known === origin
      ? 'write scheme, host and port, as https://shop.example'
      : `write ${known}`
  return `is “${origin}”, which no browser sends as the origin of a page; ${advice}`
}

function findNameFault(name: string): string | undefined {
  return /^[\w.-]+$/.test(name) ? undefined : `is “${name}”, which is not the name of a header; name each one`
}
