import type { Answered } from './http-request.ts'
import type { HeaderBlock } from './request/header-block.ts'
import { findHeader } from './request/header-block.ts'

const printable = /^[\x21-\x7e\x80-\xff]+$/

/**
 * A line of the access log as gunicorn writes it by default, with the id of the request behind it; without its end, in latin1, as it
 * came. What is not known is `-`.
 */
export function formatAccessLine({ head, id, caller, status, bodyBytes }: Answered, nowMs: number): string {
  const address = caller.address === 'unknown' ? '-' : caller.address
  const time = formatTime(nowMs)
  if (head === undefined) return `${address} - - [${time}] "-" ${status} ${bodyBytes} "-" "-" "${id}"`
  const { method, url, headers, isOldVersion, isHttp2 = false } = head
  const user = escape(findUser(headers) ?? '-')
  const version = isHttp2 ? '2.0' : isOldVersion ? '1.0' : '1.1'
  const request = `${escape(method)} ${escape(url)} HTTP/${version}`
  const referer = escape(findHeader(headers, 'referer') ?? '-')
  const agent = escape(findHeader(headers, 'user-agent') ?? '-')
  return `${address} - ${user} [${time}] "${request}" ${status} ${bodyBytes} "${referer}" "${agent}" "${id}"`
}

/** The user name of basic authentication, which is not checked here. */
export function findUser(headers: HeaderBlock): string | undefined {
  const authorization = findHeader(headers, 'authorization')
  if (authorization === undefined) return undefined
  const encoded = /^basic +(.+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const user = Buffer.from(encoded, 'base64').toString('latin1').split(':')[0] ?? ''
  return printable.test(user) ? user : undefined
}

function escape(text: string): string {
  return text.includes('"') ? text.replaceAll('"', '\\"') : text
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
let timeSecond = 0
let time = ''

/** `25/Nov/2026:01:40:46 +0000`; made once a second. */
function formatTime(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000)
  if (second === timeSecond) return time
  const iso = new Date(nowMs).toISOString()
  const month = months[Number(iso.slice(5, 7)) - 1] ?? ''
  timeSecond = second
  time = `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
  return time
}
