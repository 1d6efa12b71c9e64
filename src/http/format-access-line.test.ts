import { expect, test } from 'vitest'

import { formatAccessLine } from './format-access-line.ts'
import { joinHeaders } from './request/header-block.ts'

const atMs = Date.UTC(2026, 10, 5, 1, 2, 3)
const begin = (user = '-'): string => `10.0.0.9 - ${user} [05/Nov/2026:01:02:03 +0000]`
const format = (headers: readonly string[], url = '/'): string =>
  formatAccessLine(
    {
      head: { method: 'GET', url, headers: joinHeaders(headers), isOldVersion: false },
      id: 'a-1',
      caller: { address: '10.0.0.9', scheme: undefined },
      status: 200,
      bodyBytes: 12,
      durationMs: 1,
    },
    atMs,
  )

test('an answered request, with quotes escaped as gunicorn does', () => {
  expect(format(['referer', 'http://x/"', 'user-agent', 'agent'], '/a?b="')).toBe(
    `${begin()} "GET /a?b=\\" HTTP/1.1" 200 12 "http://x/\\"" "agent" "a-1"`,
  )
})

test('what came as no request, and a client at a Unix socket', () => {
  const caller = { address: 'unknown', scheme: undefined }
  const refused = { head: undefined, id: 'a-2', caller, status: 400, bodyBytes: 0, durationMs: 0 }
  expect(formatAccessLine(refused, atMs)).toBe(
    `- - - ${begin().slice('10.0.0.9 - - '.length)} "-" 400 0 "-" "-" "a-2"`,
  )
})

test('a user name cannot begin a line of its own', () => {
  const authorization = (user: string): string[] => ['authorization', `Basic ${btoa(`${user}:secret`)}`]
  expect(format(authorization('me'))).toContain(`${begin('me')} "GET`)
  expect(format(authorization('me\n10.0.0.8 - - []'))).toContain(`${begin()} "GET`)
})
