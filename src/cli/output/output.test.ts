import { expect, test } from 'vitest'

import { formatTable } from './output.ts'

test('columns are as wide as their widest cell, in a row of any length', () => {
  expect(formatTable([['a', '您', 'b'], ['label', 'x'], []])).toBe('a      您  b\nlabel  x\n\n')
  expect(formatTable([])).toBe('')
})

test('a row is one line, whatever is in its cells, and our own colours stay', () => {
  const red = '\u001b[31mdown\u001b[39m'
  const rows = [['a\nb', red], ['\u001b[2Jc\r', 'd\te'], ['\u2028', '您']] // prettier-ignore
  expect(formatTable(rows).split('\n')).toEqual([
    `a\\nb        ${red}`,
    '\\x1b[2Jc\\r  d\\te',
    '\\u2028      您',
    '',
  ])
})
