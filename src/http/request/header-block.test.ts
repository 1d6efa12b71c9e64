import fc from 'fast-check'
import { expect, it } from 'vitest'

import { findHeader, joinHeaders, splitHeaders } from './header-block.ts'

const names = fc.constantFrom('host', 'accept', 'x-real-ip')
const values = fc.oneof(fc.constant(''), names, fc.string({ maxLength: 5 }).map(withoutLineEnds))

it('splits what it joined, and finds the first value of a name, whatever the values look like', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values), { maxLength: 6 }), names, (headers, wanted) => {
      const block = joinHeaders(headers.flat())
      expect(splitHeaders(block)).toEqual(headers.flat())
      expect(findHeader(block, wanted)).toBe(headers.find(([name]) => name === wanted)?.[1])
    }),
  )
})

function withoutLineEnds(text: string): string {
  return text.replaceAll('\n', '')
}
