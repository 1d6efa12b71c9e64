import { backupLocation, problemDetails } from '../../contracts/index.ts'
import { callerMaps, callerSettings } from './caller-directives.ts'
import type { NginxGateway } from './describe-nginx.ts'
import type { NginxDirective } from './directive.ts'
import { directive } from './directive.ts'
import { formatDirectives } from './format-directives.ts'
import { pausedMap, pausedVariable, repeatMap, repeatVariable } from './repeatable-requests.ts'

const upstream = 'changeover'
/** The upstream of a request that may be sent twice. */
const repeated = '@changeover_repeated'
/** The upstream of one that may not, when the primary has failed. */
const failed = '@changeover_failed'
/** A status of nginx's that no instance answers with: it leads to another location. */
const toRepeated = '419'
const keptConnections = '32'

/** nginx's configuration, to be included in its `http` block: as the file `conf.d/changeover.conf` on Debian. */
export function formatNginx(gateway: NginxGateway): string {
  return `# nginx as the gateway of Changeover: include this file in the http block.\n\n${formatDirectives(httpBlocks(gateway))}`
}

/** What the `http` block needs; `listenOptions` are further arguments of `listen`. */
export function httpBlocks(
  gateway: NginxGateway,
  listenOptions: readonly string[] = [],
): readonly NginxDirective[] {
  return [
    repeatMap(gateway.routes),
    pausedMap(backupLocation),
    ...callerMaps(gateway),
    upstreamBlock(gateway),
    serverBlock(gateway, listenOptions),
  ]
}

function upstreamBlock({ primary, backup, upstreamIdleTimeoutMs }: NginxGateway): NginxDirective {
  return directive('upstream', [upstream], {
    block: [
      directive('server', [primary, 'max_fails=0'], {
        comment: [
          'Without max_fails=0, nginx stops using a server for 10 s after one failure,',
          'and answers 502 itself if both have failed.',
        ],
      }),
      directive('server', [backup, 'max_fails=0', 'backup']),
      directive('keepalive', [keptConnections]),
      directive('keepalive_timeout', [duration(upstreamIdleTimeoutMs)], {
        comment: [
          'Shorter than http.keepAliveTimeoutMs, so that nginx closes idle connections before the instance does.',
        ],
      }),
    ],
  })
}

function serverBlock(gateway: NginxGateway, listenOptions: readonly string[]): NginxDirective {
  return directive('server', [], {
    block: [
      directive('listen', [gateway.listen, ...listenOptions]),
      directive('client_max_body_size', [String(gateway.bodyLimitBytes)]),
      directive('large_client_header_buffers', ['4', String(gateway.headLimitBytes)]),
      directive('client_header_timeout', [duration(gateway.headersTimeoutMs)]),
      directive('client_body_timeout', [duration(gateway.bodyTimeoutMs)]),
      directive('send_timeout', [duration(gateway.sendTimeoutMs)]),
      directive('keepalive_timeout', [duration(gateway.keepAliveTimeoutMs)]),
      ...proxySettings(gateway),
      ...callerSettings(gateway),
      ...staticLocation(gateway),
      ...locations(gateway),
    ],
  })
}

function proxySettings({
  connectTimeoutMs,
  answerTimeoutMs,
  sendTimeoutMs,
}: NginxGateway): readonly NginxDirective[] {
  return [
    directive('proxy_http_version', ['1.1'], {
      comment: ['HTTP/1.1 and an empty Connection header keep the connections to the instances open.'],
    }),
    directive('proxy_set_header', ['Connection', '']),
    directive('proxy_set_header', ['Host', '$host']),
    directive('proxy_set_header', ['X-Changeover-When-Paused', pausedVariable]),
    directive('proxy_request_buffering', ['on'], {
      comment: ['Read the whole request before sending it on, so that it can be sent again.'],
    }),
    directive('proxy_connect_timeout', [duration(connectTimeoutMs)]),
    directive('proxy_send_timeout', [duration(sendTimeoutMs)]),
    directive('proxy_read_timeout', [duration(answerTimeoutMs)]),
  ]
}

function staticLocation({ staticFolder }: NginxGateway): readonly NginxDirective[] {
  if (staticFolder === undefined) return []
  return [
    directive('location', ['^~', '/static/'], {
      block: [
        directive('alias', [`${staticFolder.replace(/\/+$/, '')}/`]),
        directive('charset', ['utf-8']),
        directive('location', ['~', '/\\.'], { block: [directive('return', ['404'])] }),
      ],
    }),
  ]
}

/** How requests reach an instance: those that may be sent twice, and those that may not. */
function locations({ backup }: NginxGateway): readonly NginxDirective[] {
  return [
    directive('location', ['/'], {
      comment: [
        'Requests that may not be sent twice go to the primary only. The backup gets one only if the primary',
        'is paused and leads there, or if nothing was sent to it.',
      ],
      block: [
        directive('error_page', [toRepeated, '=', repeated]),
        directive('if', [`(${repeatVariable})`], { block: [directive('return', [toRepeated])] }),
        directive('proxy_pass', [`http://${upstream}`]),
        directive('proxy_next_upstream', ['off']),
        directive('error_page', ['502', '504', '=', failed], {
          comment: ['nginx’s own errors; those of the service are passed on.'],
        }),
      ],
    }),
    directive('location', [repeated], {
      block: [
        directive('proxy_pass', [`http://${upstream}`]),
        directive('proxy_next_upstream', ['error', 'timeout', 'http_503', 'non_idempotent'], {
          comment: [
            'Uses the backup if the primary dies, does not respond, or answers 503, so traffic moves without a',
            'reload. Without non_idempotent, a POST would not be sent again.',
          ],
        }),
      ],
    }),
    directive('location', [backupLocation], {
      block: [directive('set', [pausedVariable, '']), directive('proxy_pass', [`http://${backup}`])],
    }),
    directive('location', [failed], {
      block: [
        directive('default_type', ['application/problem+json']),
        directive('if', ['($upstream_bytes_sent', '~', '[1-9])'], {
          block: [directive('return', ['502', answerUnknown])],
        }),
        directive('set', [pausedVariable, '']),
        directive('proxy_pass', [`http://${backup}`]),
      ],
    }),
  ]
}

const answerUnknown = problemDetails({
  code: 'answer_unknown',
  message:
    'the worker did not answer, and this request may not be retried: whether it was carried out is not known',
})

function duration(timeMs: number): string {
  return timeMs % 1_000 === 0 ? `${timeMs / 1_000}s` : `${timeMs}ms`
}
