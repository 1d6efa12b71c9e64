import { expect, test } from 'vitest'

import { joinHeaders, splitHeaders } from './request/header-block.ts'
import { findTraceparent, withTraceparent } from './traceparent-header.ts'

const headers = joinHeaders(['a', 'traceparent', 'traceparent', '00-1', 'b', '2'])

test('one is found; none, and several, are none', () => {
  expect(findTraceparent(headers)).toBe('00-1')
  expect(findTraceparent(joinHeaders(['a', 'traceparent', 'b', 'x']))).toBeUndefined()
  expect(findTraceparent(joinHeaders(['traceparent', '1', 'traceparent', '2']))).toBeUndefined()
  expect(findTraceparent('')).toBeUndefined()
})

test('another one takes the place of all that were sent', () => {
  expect(splitHeaders(withTraceparent(headers, 'new'))).toEqual([
    'a',
    'traceparent',
    'b',
    '2',
    'traceparent',
    'new',
  ])
  const several = joinHeaders(['traceparent', '1', 'x', '', 'traceparent', '2'])
  expect(splitHeaders(withTraceparent(several, 'new'))).toEqual(['x', '', 'traceparent', 'new'])
  expect(splitHeaders(withTraceparent('', 'new'))).toEqual(['traceparent', 'new'])
})
