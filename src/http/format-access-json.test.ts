import { expect, test } from 'vitest'

import { formatAccessJson } from './format-access-json.ts'
import type { Answered } from './http-request.ts'
import { joinHeaders } from './request/header-block.ts'

const atMs = Date.UTC(2026, 10, 5, 1, 2, 3, 4)
const answered: Answered = {
  head: { method: 'POST', url: '/name', headers: '', isOldVersion: false },
  id: 'a-1',
  caller: { address: '10.0.0.9', scheme: undefined },
  status: 200,
  bodyBytes: 12,
  durationMs: 1.23456,
}
const format = (url: string, headers: readonly string[] = []): string =>
  formatAccessJson(
    { ...answered, head: { method: 'POST', url, headers: joinHeaders(headers), isOldVersion: false } },
    atMs,
  )
const latin1 = (text: string): string => Buffer.from(text).toString('latin1')

test('an answered request', () => {
  const headers = ['user-agent', 'agent "1"', 'authorization', `Basic ${btoa('me:secret')}`]
  expect(JSON.parse(format('/name', headers))).toEqual({
    time: '2026-11-05T01:02:03.004Z',
    requestId: 'a-1',
    client: '10.0.0.9',
    user: 'me',
    method: 'POST',
    path: '/name',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 12,
    durationMs: 1.235,
    userAgent: 'agent "1"',
  })
})

test('what came as no request, and a client at a Unix socket', () => {
  const caller = { address: 'unknown', scheme: undefined }
  const line = formatAccessJson({ ...answered, head: undefined, caller, status: 400, bodyBytes: 0 }, atMs)
  expect(Object.keys(JSON.parse(line) as object)).toEqual([
    'time',
    'requestId',
    'status',
    'bytes',
    'durationMs',
  ])
})

test('no text of a query string, also not of the page before', () => {
  const line = format(latin1('/name?text=您贵姓#您'), ['referer', latin1('http://x/ask?text=您贵姓')])
  expect(JSON.parse(line)).toMatchObject({ path: '/name', referer: 'http://x/ask' })
})

test('one line of ASCII, whatever clients send', () => {
  const line = format(latin1('/名\u2028\u009b'), ['user-agent', 'a\tb\x7f\xff'])
  expect(line).toMatch(/^[\x20-\x7e]*$/)
  expect(JSON.parse(line)).toMatchObject({ path: '/名\u2028\u009b', userAgent: 'a\tb\x7f\ufffd' })
})
