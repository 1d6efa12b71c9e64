import { expect, test } from 'vitest'

import { joinHeaders, splitHeaders } from '../request/header-block.ts'
import type { Caller } from './caller-finder.ts'
import { serviceHeaders } from './service-headers.ts'

const forward = (headers: readonly string[], scheme?: Caller['scheme']): string[] => {
  const caller = { address: '10.0.0.9', scheme }
  return splitHeaders(serviceHeaders({ headers: joinHeaders(headers), caller, id: 'a-1' }))
}
const added = ['x-real-ip', '10.0.0.9', 'x-forwarded-for', '10.0.0.9', 'x-request-id', 'a-1']

test('the client and the id of the request are named, whatever the client has sent about them', () => {
  expect(forward([])).toEqual(added)
  const sent = [
    ...['x-real-ip', '1.1.1.1', 'x-forwarded-for', '1.1.1.1', 'x-forwarded-for', '2.2.2.2'],
    ...['x-forwarded-proto', 'https', 'x-request-id', 'b', 'x-request-id', 'c'],
  ]
  expect(forward(sent)).toEqual(added)
  expect(forward(sent, 'https')).toEqual([...added, 'x-forwarded-proto', 'https'])
})

test('all else is kept as it is, values that read like those names too', () => {
  const others = [
    ...['cookie', 'x-real-ip', 'x-note', 'x-forwarded-for', 'x-empty', '', 'x-forwarded-host', 'h'],
    ...['traceparent', 'what the client calls one', 'tracestate', 'a=1', 'tracestate', 'b=2'],
  ]
  expect(forward(others)).toEqual([...others, ...added])
})
