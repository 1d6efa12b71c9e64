import type { Config } from '../../config/schema/index.ts'
import type { Repeat } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'

/** A route as a service declares it. */
export type DeclaredRoute = {
  readonly method: string
  readonly path: string
  /** Whether a request may be sent again, although an instance may have carried it out. */
  readonly repeat: Repeat
}

/** The tasks of an nginx that replaces the gateway. */
export type NginxGateway = {
  readonly listen: string
  readonly primary: string
  readonly backup: string
  /** How long a connection to an instance is kept without a request; shorter than the instance keeps it. */
  readonly upstreamIdleTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly headLimitBytes: number
  readonly bodyLimitBytes: number
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly sendTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** The folder that is served under `/static/`. */
  readonly staticFolder: string | undefined
  readonly routes: readonly DeclaredRoute[]
  /** Addresses and networks of proxies in front of it that say who their clients are. */
  readonly trustedProxies: readonly string[]
  /** Which pages of other origins may read answers. */
  readonly cors: Config['gateway']['cors']
}

/** nginx closes its idle connections first: one that the instance closes may have a request on its way. */
const upstreamIdleShare = 0.8
const maxConnectTimeoutMs = 1_000

/** The tasks of nginx in place of the gateway of a configuration. Throws `bad_usage` for addresses that nginx cannot use. */
export function describeNginx(
  config: Pick<Config, 'primary' | 'backup' | 'gateway' | 'http' | 'bodyLimitBytes'>,
  routes: readonly DeclaredRoute[],
): NginxGateway {
  const { gateway, http, bodyLimitBytes } = config
  const folder = gateway.static
  if (folder?.includes('$') === true)
    throw new ChangeoverError(
      'bad_usage',
      `gateway.static is ${folder}, and nginx takes $ for a variable; choose a folder without one`,
    )
  return {
    listen: fixedAddress('gateway.bind', gateway.bind),
    primary: reachable(fixedAddress('primary.bind', config.primary.bind)),
    backup: reachable(fixedAddress('backup.bind', config.backup.bind)),
    upstreamIdleTimeoutMs: Math.max(1, Math.floor(http.keepAliveTimeoutMs * upstreamIdleShare)),
    connectTimeoutMs: Math.min(maxConnectTimeoutMs, gateway.answerTimeoutMs),
    answerTimeoutMs: gateway.answerTimeoutMs,
    headLimitBytes: http.headLimitBytes,
    bodyLimitBytes,
    headersTimeoutMs: http.headersTimeoutMs,
    bodyTimeoutMs: http.bodyTimeoutMs,
    sendTimeoutMs: http.sendTimeoutMs,
    keepAliveTimeoutMs: http.keepAliveTimeoutMs,
    staticFolder: folder,
    routes,
    // A supervisor of a build before them does not send it.
    trustedProxies: (gateway as Partial<typeof gateway>).trustedProxies ?? [],
    cors: gateway.cors,
  }
}

function fixedAddress(key: string, bind: string): string {
  if (/:0+$/.test(bind))
    throw new ChangeoverError(
      'bad_usage',
      `${key} is ${bind}, a port that changes at each start; set a fixed one, since nginx needs it`,
    )
  if (bind.startsWith('unix:') && /[$:]/.test(bind.slice('unix:'.length)))
    throw new ChangeoverError(
      'bad_usage',
      `${key} is ${bind}, and nginx takes $ for a variable and : for the path’s end; choose a path without them`,
    )
  return bind.startsWith(':') ? `0.0.0.0${bind}` : bind
}

/** The address at which nginx on the same machine reaches a process that listens on all addresses. */
function reachable(bind: string): string {
  return bind.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')
}
