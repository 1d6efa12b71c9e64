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

export type Setting = { readonly key: SettingKey; readonly value: number }

/** What nginx allows where `client_max_body_size` is not set. */
export const defaultBodyLimitBytes = 1 << 20
const largestBodyLimitBytes = 1 << 30
const smallestHeadLimitBytes = 1 << 10
const largestHeadLimitBytes = 1 << 20

const timeKeys: Readonly<Record<string, SettingKey>> = {
  client_header_timeout: 'http.headersTimeoutMs',
  client_body_timeout: 'http.bodyTimeoutMs',
  send_timeout: 'http.sendTimeoutMs',
  keepalive_timeout: 'http.keepAliveTimeoutMs',
  proxy_read_timeout: 'gateway.answerTimeoutMs',
}

/** The setting of ours that a directive is, or undefined where it is none or its value cannot be read. */
export function readSetting(name: string, args: readonly string[]): Setting | undefined {
  const [value = ''] = args
  if (name === 'client_max_body_size') {
    const sizeBytes = readSize(value)
    if (sizeBytes === undefined) return undefined
    const isUnlimited = sizeBytes === 0 || sizeBytes > largestBodyLimitBytes
    return { key: 'bodyLimitBytes', value: isUnlimited ? largestBodyLimitBytes : sizeBytes }
  }
  if (name === 'large_client_header_buffers') {
    const sizeBytes = readSize(args[1] ?? '')
    return sizeBytes === undefined || sizeBytes < smallestHeadLimitBytes || sizeBytes > largestHeadLimitBytes
      ? undefined
      : { key: 'http.headLimitBytes', value: sizeBytes }
  }
  const key = timeKeys[name]
  const timeMs = readTime(value)
  return key === undefined || timeMs === undefined || timeMs === 0 ? undefined : { key, value: timeMs }
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

/** Directives that nothing has to take the place of, and why. */
const needless: readonly (readonly [pattern: RegExp, because: string])[] = [
  [
    /^(daemon|pid|user|worker_.*|error_log|load_module|pcre_jit|events|master_process|env)$/,
    'nginx’s own process',
  ],
  [/^(multi_accept|use|accept_mutex|accept_mutex_delay)$/, 'nginx’s own process'],
  [/^(sendfile.*|tcp_.*|aio|directio|output_buffers|open_file_cache.*)$/, 'how nginx sends files'],
  [
    /_temp_path$/,
    'where nginx keeps what it buffers; here requests are held in memory, within bodyLimitBytes',
  ],
  [/^(types|types_hash_.*|default_type)$/, 'the gateway knows the types of static files'],
  [/^(server_names_hash_.*|server_tokens|server_name_in_redirect|variables_hash_.*)$/, 'nginx’s own'],
  [
    /^(client_(header|body)_buffer_size|proxy_(buffers?|buffer_size|busy_buffers_size|buffering))$/,
    'the gateway takes requests and answers whole',
  ],
  [/^(proxy_request_buffering|proxy_http_version)$/, 'the gateway speaks to the instances over Unix sockets'],
  [/^(proxy_connect_timeout|proxy_send_timeout)$/, 'the gateway is always connected to the instances'],
  [
    /^proxy_(next_upstream|intercept_errors)/,
    'the gateway asks the other instance by itself, POST too, except for routes with pure: false',
  ],
  [/^(log_format|access_log)$/, 'the gateway writes no access log; `changeover status` counts the answers'],
  [/^keepalive_requests$/, 'the gateway does not count the requests of a connection'],
  [/^ssl_/, 'the gateway speaks no TLS'],
]

/** Why a directive has no place to be taken over to, or undefined where that is not known. */
export function whyNeedless(name: string): string | undefined {
  return needless.find(([pattern]) => pattern.test(name))?.[1]
}
