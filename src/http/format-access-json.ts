import { findUser } from './format-access-line.ts'
import type { Answered } from './http-request.ts'
import { findHeader } from './request/header-block.ts'
import { withoutQuery } from './without-query.ts'

/**
 * A line of the access log as JSON, in ASCII, without its end. It has no query string, nor that of the page that a request came
 * from: callers' texts may be in them. What is not known is left out.
 */
export function formatAccessJson(answered: Answered, nowMs: number): string {
  const { head, id, caller, status, bodyBytes, durationMs } = answered
  const client = caller.address === 'unknown' ? undefined : caller.address
  const begin = `{"time":"${formatTime(nowMs)}","requestId":"${id}"${member('client', client)}`
  const end = `,"status":${status},"bytes":${bodyBytes},"durationMs":${durationMs.toFixed(3)}`
  if (head === undefined) return `${begin}${end}}`
  const { method, url, headers, isOldVersion, isHttp2 = false } = head
  const version = isHttp2 ? '2.0' : isOldVersion ? '1.0' : '1.1'
  const referer = findHeader(headers, 'referer')
  return (
    begin +
    member('user', findUser(headers)) +
    member('method', method) +
    member('path', withoutQuery(url)) +
    `,"protocol":"HTTP/${version}"` +
    end +
    member('referer', referer && withoutQuery(referer)) +
    member('userAgent', findHeader(headers, 'user-agent')) +
    '}'
  )
}

/** What a string of JSON has as it is. Serializing only the others makes a line a third of what `JSON.stringify` takes for all of it. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const unprintable = /[^\x20-\x7e]/g

function member(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  return plain.test(value) ? `,"${name}":"${value}"` : `,"${name}":${serialize(value)}`
}

/** HTTP carries bytes, which are read as latin1; most clients mean UTF-8. */
function serialize(value: string): string {
  return JSON.stringify(Buffer.from(value, 'latin1').toString()).replace(unprintable, escape)
}

function escape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

let timeSecond = 0
let time = ''

/** As in ISO 8601; all but the milliseconds is made once a second. */
function formatTime(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000)
  if (second !== timeSecond) {
    timeSecond = second
    time = new Date(second * 1_000).toISOString().slice(0, 20)
  }
  return `${time}${String(Math.floor(nowMs) - second * 1_000).padStart(3, '0')}Z`
}
