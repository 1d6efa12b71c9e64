import { expect, test } from 'vitest'

import { formatTable } from './output.ts'

test('columns are as wide as their widest cell, in a row of any length', () => {
  expect(formatTable([['a', '您', 'b'], ['label', 'x'], []])).toBe('a      您  b\nlabel  x\n\n')
  expect(formatTable([])).toBe('')
})
