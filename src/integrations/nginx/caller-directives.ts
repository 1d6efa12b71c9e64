import type { NginxGateway } from './describe-nginx.ts'
import type { NginxDirective } from './directive.ts'
import { directive } from './directive.ts'

type CallerRules = Pick<NginxGateway, 'trustedProxies' | 'cors'>

/** The id of a request: the client's if it is one, as the program's own server has it, or nginx's. */
export const requestId = '$changeover_request_id'

const isTrusted = '$changeover_is_trusted'
const ownAddress = '$changeover_address'
const scheme = '$changeover_scheme'
const preflight = '$changeover_preflight'
const allowedOrigin = '$changeover_origin'
const unixSocket = 'unix:'

/** What a service may have set itself; with two of them a browser allows nothing. */
const ofService = [
  'Allow-Origin',
  'Allow-Methods',
  'Allow-Headers',
  'Allow-Credentials',
  'Expose-Headers',
  'Max-Age',
]

/** As in `methods` and `exposed` of `src/http/answer/cors.ts`. */
const methods = 'GET, HEAD, POST'
const exposed = 'x-model-version, x-request-id, retry-after'

/** The variable with the address of the client. */
export function clientAddress({ trustedProxies }: Pick<NginxGateway, 'trustedProxies'>): string {
  return trustedProxies.length === 0 ? '$remote_addr' : ownAddress
}

/** What the `http` block needs to know who asks, and for which page. */
export function callerMaps({ trustedProxies, cors }: CallerRules): readonly NginxDirective[] {
  return [
    directive('map', ['$http_x_request_id', requestId], {
      comment: ['The id of a request: the client’s, or a new one.'],
      block: [
        directive('default', ['$request_id']),
        directive('~^[A-Za-z0-9._~+/=:@-]{1,128}$', ['$http_x_request_id']),
      ],
    }),
    ...(trustedProxies.length === 0 ? [] : proxyMaps(trustedProxies)),
    ...(cors === undefined ? [] : corsMaps(cors)),
  ]
}

/** What the `server` block does about it. */
export function callerSettings(gateway: CallerRules): readonly NginxDirective[] {
  const { trustedProxies, cors } = gateway
  const client = clientAddress(gateway)
  return [
    ...trustedProxies.map((network) => directive('set_real_ip_from', [network])),
    ...(trustedProxies.length === 0
      ? []
      : [directive('real_ip_header', ['X-Forwarded-For']), directive('real_ip_recursive', ['on'])]),
    directive('proxy_set_header', ['X-Real-IP', client], {
      comment: ['Only trusted proxies say who their clients are; what others say is replaced.'],
    }),
    directive('proxy_set_header', ['X-Forwarded-For', client]),
    directive('proxy_set_header', ['X-Forwarded-Proto', trustedProxies.length === 0 ? '' : scheme]),
    directive('proxy_set_header', ['X-Request-Id', requestId]),
    directive('proxy_hide_header', ['X-Request-Id']),
    directive('add_header', ['X-Request-Id', requestId, 'always']),
    ...(cors === undefined ? [] : corsSettings(cors)),
  ]
}

function proxyMaps(trustedProxies: readonly string[]): readonly NginxDirective[] {
  const inNetworks = '$changeover_is_in_networks'
  const networks = trustedProxies.filter((network) => network !== unixSocket)
  const fromSocket = networks.length < trustedProxies.length ? [directive(unixSocket, ['yes'])] : []
  return [
    directive('geo', ['$realip_remote_addr', inNetworks], {
      comment: ['Whether what the other end says about its clients counts.'],
      block: [directive('default', ['']), ...networks.map((network) => directive(network, ['yes']))],
    }),
    directive('map', ['$realip_remote_addr', isTrusted], {
      block: [directive('default', [inNetworks]), ...fromSocket],
    }),
    directive('map', [`${isTrusted}:$http_x_forwarded_for:$http_x_real_ip`, ownAddress], {
      comment: ['X-Real-IP of a proxy that sends no X-Forwarded-For.'],
      block: [
        directive('default', ['$remote_addr']),
        directive('~^yes::(\\d+\\.\\d+\\.\\d+\\.\\d+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$', ['$http_x_real_ip']),
      ],
    }),
    directive('map', [`${isTrusted}:$http_x_forwarded_proto`, scheme], {
      block: [directive('default', ['']), directive('yes:http', ['http']), directive('yes:https', ['https'])],
    }),
  ]
}

function corsMaps({
  origins,
  headers,
  maxAgeSeconds,
}: NonNullable<NginxGateway['cors']>): readonly NginxDirective[] {
  return [
    directive('map', ['$http_origin', allowedOrigin], {
      comment: ['The pages of which origins may read answers.'],
      block: origins.includes('*')
        ? [directive('default', ['*'])]
        : // Not as words: of those a map takes only short ones.
          [
            directive('default', ['']),
            ...origins.map((origin) => directive(`~^${escaped(origin)}$`, [origin])),
          ],
    }),
    directive('map', [allowedOrigin, '$changeover_exposed'], {
      block: [directive('default', [exposed]), directive('', [''])],
    }),
    directive('map', ['$request_method $http_origin $http_access_control_request_method', preflight], {
      block: [directive('default', ['']), directive('~^OPTIONS \\S+ \\S', ['yes'])],
    }),
    ...[
      ['$changeover_methods', methods] as const,
      ['$changeover_headers', headers.join(', ')] as const,
      ['$changeover_max_age', String(maxAgeSeconds)] as const,
    ].map(([variable, value]) =>
      directive('map', [`${preflight}:${allowedOrigin}`, variable], {
        block: [directive('default', ['']), directive('~^yes:.', [value])],
      }),
    ),
  ]
}

function escaped(origin: string): string {
  return origin.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function corsSettings({ origins }: NonNullable<NginxGateway['cors']>): readonly NginxDirective[] {
  return [
    ...ofService.map((name) => directive('proxy_hide_header', [`Access-Control-${name}`])),
    directive('add_header', ['Access-Control-Allow-Origin', allowedOrigin, 'always']),
    directive('add_header', ['Access-Control-Expose-Headers', '$changeover_exposed', 'always']),
    ...(origins.includes('*') ? [] : [directive('add_header', ['Vary', 'Origin', 'always'])]),
    directive('add_header', ['Access-Control-Allow-Methods', '$changeover_methods', 'always']),
    directive('add_header', ['Access-Control-Allow-Headers', '$changeover_headers', 'always']),
    directive('add_header', ['Access-Control-Max-Age', '$changeover_max_age', 'always']),
    directive('if', [`(${preflight})`], { block: [directive('return', ['204'])] }),
  ]
}
