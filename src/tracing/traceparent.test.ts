import { expect, test } from 'vitest'

import { formatTraceparent, parseTraceparent } from './traceparent.ts'

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']

test('what a caller says of its trace', () => {
  expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, isSampled: true })
  expect(parseTraceparent(`00-${traceId}-${spanId}-02`)).toEqual({ traceId, spanId, isSampled: false })
  // A later version may add to it.
  expect(parseTraceparent(`cc-${traceId}-${spanId}-03-more`)).toMatchObject({ isSampled: true })
  expect(parseTraceparent(formatTraceparent({ traceId, spanId }))).toMatchObject({ traceId, isSampled: true })
})

test.each([
  '',
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId}-${spanId}-01\n`,
])('%j is as if there were none', (text) => {
  expect(parseTraceparent(text)).toBeUndefined()
})
