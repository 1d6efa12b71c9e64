/** A key of the configuration that a setting of nginx becomes. */
export const settingKeys = [
  'bodyLimitBytes',
  'http.headLimitBytes',
  'http.headersTimeoutMs',
  'http.bodyTimeoutMs',
  'http.sendTimeoutMs',
  'http.keepAliveTimeoutMs',
  'gateway.answerTimeoutMs',
] as const
export type SettingKey = (typeof settingKeys)[number]

/** A setting as the configuration has it. If it could not be taken unchanged, `fault` has the reason. */
export type Setting = {
  readonly key: SettingKey
  readonly value: number | undefined
  readonly fault?: string
}

const largestBodyLimitBytes = 1 << 30
const smallestHeadLimitBytes = 1 << 10
const largestHeadLimitBytes = 1 << 20
/** What a timer of Node's holds; with more it would fire at once. */
const maxTimeMs = 2 ** 31 - 1

const timeKeys = new Map<string, SettingKey>([
  ['client_header_timeout', 'http.headersTimeoutMs'],
  ['client_body_timeout', 'http.bodyTimeoutMs'],
  ['send_timeout', 'http.sendTimeoutMs'],
  ['keepalive_timeout', 'http.keepAliveTimeoutMs'],
  ['proxy_read_timeout', 'gateway.answerTimeoutMs'],
])

/** The setting of ours that a directive is, or undefined if it is not one or its value cannot be read. */
export function readSetting(name: string, args: readonly string[]): Setting | undefined {
  const [value = ''] = args
  if (name === 'client_max_body_size') {
    const sizeBytes = readSize(value)
    if (sizeBytes === undefined) return undefined
    const key = 'bodyLimitBytes'
    return sizeBytes === 0 || sizeBytes > largestBodyLimitBytes
      ? { key, value: largestBodyLimitBytes, fault: `bodyLimitBytes can be at most ${largestBodyLimitBytes}` }
      : { key, value: sizeBytes }
  }
  if (name === 'large_client_header_buffers') {
    const sizeBytes = readSize(args[1] ?? '')
    if (sizeBytes === undefined) return undefined
    const key = 'http.headLimitBytes'
    const mayBe = `http.headLimitBytes must be between ${smallestHeadLimitBytes} and ${largestHeadLimitBytes}`
    return sizeBytes < smallestHeadLimitBytes || sizeBytes > largestHeadLimitBytes
      ? { key, value: undefined, fault: mayBe }
      : { key, value: sizeBytes }
  }
  const key = timeKeys.get(name)
  const timeMs = readTime(value)
  if (key === undefined || timeMs === undefined) return undefined
  if (timeMs === 0) return { key, value: undefined, fault: `${key} cannot be 0` }
  return timeMs > maxTimeMs
    ? { key, value: undefined, fault: `${key} can be at most ${maxTimeMs}` }
    : { key, value: timeMs }
}

/** nginx's sizes: `512`, `16k`, `10m`, `1g`. */
export function readSize(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/i.exec(text)
  if (match === null) return undefined
  const factors: Readonly<Record<string, number>> = { '': 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 }
  return Number(match[1]) * (factors[(match[2] ?? '').toLowerCase()] ?? 1)
}

/** nginx's times, in milliseconds: `60`, `500ms`, `1m30s`, `1d`. */
export function readTime(text: string): number | undefined {
  if (!/^(\d+(ms|[smhdwMy])?\s*)+$/.test(text)) return undefined
  const factors: Readonly<Record<string, number>> = {
    ms: 1,
    s: 1_000,
    m: 60_000,
    h: 3_600_000,
    d: 86_400_000,
    w: 604_800_000,
    M: 2_592_000_000,
    y: 31_536_000_000,
  }
  return [...text.matchAll(/(\d+)(ms|[smhdwMy])?/g)].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (factors[unit] ?? 0),
    0,
  )
}

/** Directives that need no replacement, and why; `unless` names a value that changes that. */
const needless: readonly (readonly [pattern: RegExp, because: string, unless?: string])[] = [
  [
    /^(daemon|pid|user|worker_.*|error_log|load_module|pcre_jit|events|master_process|env)$/,
    'this is about nginx’s own process',
  ],
  [/^(multi_accept|use|accept_mutex|accept_mutex_delay)$/, 'this is about nginx’s own process'],
  [
    /^(sendfile.*|tcp_.*|aio|directio|output_buffers|open_file_cache.*)$/,
    'this is about how nginx sends files',
  ],
  [
    /_temp_path$/,
    'nginx may buffer requests in files; the gateway keeps them in memory, each up to bodyLimitBytes',
  ],
  [/^(types|types_hash_.*|default_type)$/, 'the gateway knows the content types of static files'],
  [
    /^(server_names_hash_.*|server_tokens|server_name_in_redirect|variables_hash_.*)$/,
    'this is about nginx alone',
  ],
  [/^server_name$/, 'the gateway answers to every host name'],
  [
    /^(client_(header|body)_buffer_size|proxy_(buffers?|buffer_size|busy_buffers_size))$/,
    'the gateway reads requests and answers completely before it passes them on',
  ],
  [
    /^proxy_(request_)?buffering$/,
    'the gateway reads requests and answers completely before it passes them on',
    'off',
  ],
  [/^proxy_http_version$/, 'the gateway talks to the instances over Unix sockets'],
  [/^(proxy_connect_timeout|proxy_send_timeout)$/, 'the gateway is always connected to the instances'],
  [
    /^proxy_next_upstream/,
    'the gateway retries routes.predict and routes.get on the other instance; a routes.post is sent once',
    'off',
  ],
  [/^proxy_intercept_errors$/, 'this belongs to error_page, which is listed separately'],
  [/^keepalive_requests$/, 'the gateway does not limit the number of requests per connection'],
  [/^log_format$/, 'the access log of `changeover up` uses gunicorn’s default format'],
]

/** Why a directive cannot be taken over, or undefined if that is unknown. */
export function whyNeedless(name: string, args: readonly string[]): string | undefined {
  if (name === 'access_log' && args[0] === 'off')
    return 'the gateway writes an access log only if you pass --access-logfile to `changeover up`'
  const [, because, unless] = needless.find(([pattern]) => pattern.test(name)) ?? []
  return unless !== undefined && args.includes(unless) ? undefined : because
}

/** What to do about directives without a replacement. */
const left: readonly (readonly [pattern: RegExp, because: string])[] = [
  [/^access_log$/, 'for an access log, pass --access-logfile to `changeover up`, with a different path'],
  [/^ssl(_|$)|^http2$/, 'the gateway speaks HTTP/1.1 without TLS; keep nginx in front of it'],
  [
    /^(set_real_ip_from|real_ip_(header|recursive))$/,
    'nginx takes the caller’s address from the header of another proxy; name its addresses in gateway.trustedProxies, or keep nginx in front',
  ],
  [
    /^(allow|deny|satisfy|auth_.*|limit_(req|conn|except).*|secure_link.*|internal)$/,
    'the gateway does not restrict who may call, or how often; keep nginx in front of it',
  ],
  [/^proxy_next_upstream$/, 'nginx does not retry here; the gateway does if the route allows it'],
  [
    /^proxy_(request_)?buffering$/,
    'nginx passes bytes on as they arrive; the gateway reads requests and answers completely first',
  ],
  [
    /^error_page$/,
    'the gateway passes the service’s errors on unchanged; if you need your own error pages, keep nginx',
  ],
  [/^try_files$/, 'nginx looks for a file first; the gateway serves files only under /static/'],
]

/** Why a directive is left, and what to do about it. */
export function whyLeft(name: string, args: readonly string[]): string {
  return (
    left.find(([pattern]) => pattern.test(name))?.[1] ??
    (args.some((word) => /\$\{?\w/.test(word)) && timeKeys.has(name)
      ? 'its value is filled in elsewhere; look it up'
      : 'not understood; if you need it, keep nginx in front')
  )
}
