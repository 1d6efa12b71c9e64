import { expect, test } from 'vitest'

import { joinHeaders, splitHeaders } from '../http/index.ts'
import { forwardedHeaders } from './forwarded-headers.ts'

const forward = (headers: readonly string[]): string[] =>
  splitHeaders(forwardedHeaders(joinHeaders(headers), '10.0.0.9'))

test('names the client, and believes no X-Real-IP of its own', () => {
  expect(forward(['x-real-ip', '1.1.1.1'])).toEqual(['x-real-ip', '10.0.0.9', 'x-forwarded-for', '10.0.0.9'])
})

test('adds the client to the chain of those before it', () => {
  expect(forward(['x-forwarded-for', '1.1.1.1', 'x-forwarded-for', '2.2.2.2'])).toEqual([
    'x-real-ip',
    '10.0.0.9',
    'x-forwarded-for',
    '1.1.1.1, 2.2.2.2, 10.0.0.9',
  ])
})

test('keeps all else as it is, values that read like those names too', () => {
  const others = ['cookie', 'x-real-ip', 'x-note', 'x-forwarded-for', 'x-empty', '']
  const added = ['x-real-ip', '10.0.0.9', 'x-forwarded-for', '10.0.0.9']
  expect(forward(others)).toEqual([...others, ...added])
  expect(forward([])).toEqual(added)
})
