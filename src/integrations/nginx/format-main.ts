import type { AccessLogFormat } from '../../config/schema/index.ts'
import type { LogFiles } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { clientAddress, requestId } from './caller-directives.ts'
import type { NginxGateway } from './describe-nginx.ts'
import type { NginxDirective } from './directive.ts'
import { directive } from './directive.ts'
import { formatDirectives } from './format-directives.ts'
import { httpBlocks } from './format-nginx.ts'

/** The files of an nginx that runs for this stack alone, and its user. */
export type NginxPlace = {
  readonly pidFile: string
  /** A folder for bodies and answers that do not fit into memory. */
  readonly temporaryFolder: string
  /** The user of nginx's workers if root starts it; undefined if not. */
  readonly user: string | undefined
  readonly maxConnections: number
  readonly logFiles: LogFiles
  readonly accessLogFormat: AccessLogFormat
}

/** Differs from nginx's default, so that it calls listen() on the socket that it inherits. */
const backlog = 'backlog=512'

/** Of the files that web pages are made of; nginx without its own list has three of these. */
const contentTypes: readonly (readonly [string, ...string[]])[] = [
  ['text/html', 'html', 'htm'],
  ['text/css', 'css'],
  ['text/plain', 'txt', 'md'],
  ['text/csv', 'csv'],
  ['text/xml', 'xml'],
  ['application/javascript', 'js', 'mjs'],
  ['application/json', 'json', 'map'],
  ['application/pdf', 'pdf'],
  ['application/wasm', 'wasm'],
  ['application/zip', 'zip'],
  ['image/svg+xml', 'svg'],
  ['image/png', 'png'],
  ['image/jpeg', 'jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
  ['image/x-icon', 'ico'],
  ['font/woff2', 'woff2'],
  ['font/woff', 'woff'],
  ['audio/mpeg', 'mp3'],
  ['video/mp4', 'mp4'],
]

/** nginx's whole configuration if it runs as this program's child. Throws `bad_usage` for an access log that nginx could not write. */
export function formatMain(gateway: NginxGateway, place: NginxPlace): string {
  const { pidFile, temporaryFolder, user, maxConnections, logFiles, accessLogFormat } = place
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) =>
    directive(`${name}_temp_path`, [`${temporaryFolder}/${name}`]),
  )
  return formatDirectives([
    directive('daemon', ['off'], { comment: ['Written by changeover at each start and reload.'] }),
    directive('pid', [pidFile]),
    directive('error_log', [logPath(logFiles.error, 'stderr'), 'error']),
    ...(user === undefined ? [] : [directive('user', [user])]),
    directive('worker_processes', ['auto']),
    directive('events', [], { block: [directive('worker_connections', [String(maxConnections)])] }),
    directive('http', [], {
      block: [
        ...accessLog(logFiles.access, accessLogFormat, clientAddress(gateway)),
        directive('server_tokens', ['off']),
        ...temporary,
        directive('types', [], {
          block: contentTypes.map(([type, ...endings]) => directive(type, endings)),
        }),
        directive('default_type', ['application/octet-stream']),
        ...httpBlocks(gateway, [backlog]),
      ],
    }),
  ])
}

/** The lines that this program's own gateway writes: gunicorn's, and the id of the request. */
const accessFormat = `- - [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "${requestId}"`

/** The fields of a line of JSON, without any query string; the time is written in seconds, which become milliseconds by the exponent. */
const jsonFields = (client: string): Readonly<Record<string, string>> => ({
  time: '"$time_iso8601"',
  requestId: `"${requestId}"`,
  client: `"${client}"`,
  user: '"$remote_user"',
  method: '"$request_method"',
  path: `"${pathOnly}"`,
  protocol: '"$server_protocol"',
  status: '$status',
  bytes: '$body_bytes_sent',
  durationMs: '${request_time}e3',
  referer: `"${refererOnly}"`,
  userAgent: '"$http_user_agent"',
})

const pathOnly = '$changeover_path'
const refererOnly = '$changeover_referer'

/** A variable with another one as far as its query string. */
function withoutQuery(from: string, to: string): NginxDirective {
  return directive('map', [from, to], { block: [directive('~^([^?#]*)', ['$1'])] })
}

function jsonFormat(client: string): readonly NginxDirective[] {
  const fields = Object.entries(jsonFields(client)).map(([name, value]) => `"${name}":${value}`)
  return [
    withoutQuery('$request_uri', pathOnly),
    withoutQuery('$http_referer', refererOnly),
    directive('log_format', ['changeover', 'escape=json', `{${fields.join(',')}}`]),
  ]
}

function accessLog(
  path: string | undefined,
  format: AccessLogFormat,
  client: string,
): readonly NginxDirective[] {
  if (path === undefined) return [directive('access_log', ['off'])]
  if (path.includes('$'))
    throw new ChangeoverError(
      'bad_usage',
      `--access-logfile is ${path}, and nginx takes $ for a variable, which callers may choose; choose a path without one`,
    )
  const formats = {
    gunicorn: () => [directive('log_format', ['changeover', `${client} ${accessFormat}`])],
    json: () => jsonFormat(client),
  }
  return [...formats[format](), directive('access_log', [logPath(path, '/dev/stdout'), 'changeover'])]
}

function logPath(path: string | undefined, standard: string): string {
  return path === undefined || path === '-' ? standard : path
}
