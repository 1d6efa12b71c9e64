import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { NginxDirective } from './directive.ts'
import { formatDirectives } from './format-directives.ts'
import { parseDirectives } from './parse-directives.ts'

const word = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/[\r\n\t]/.test(text))
const { directives } = fc.letrec<{ directives: NginxDirective[]; directive: NginxDirective }>((tie) => ({
  directive: fc.oneof(
    { depthSize: 'small' },
    fc.record({
      name: fc.stringMatching(/^[a-z_]{1,8}$/),
      args: fc.array(fc.oneof(word, fc.constant('')), { maxLength: 3 }),
    }),
    fc.record({
      name: fc.stringMatching(/^[a-z_]{1,8}$/),
      args: fc.array(word, { maxLength: 2 }),
      block: tie('directives'),
    }),
  ),
  directives: fc.array(tie('directive'), { maxLength: 4 }),
}))

function withoutLines(list: readonly NginxDirective[]): readonly NginxDirective[] {
  return list.map(({ name, args, block }) =>
    block === undefined ? { name, args } : { name, args, block: withoutLines(block) },
  )
}

describe('nginx’s syntax', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(directives, (list) => {
        expect(withoutLines(parseDirectives(formatDirectives(list), 'a.conf'))).toEqual(list)
      }),
    )
  })

  test('comments, quotes, escapes, variables in braces, and the line of each', () => {
    const text = `# a comment; {
a b#c "d \\"e\\" ;" 'f g';   # another
map \${x} {
  default 0; "" 1;
}
location ~ \\.php$ { return 404; }`
    expect(parseDirectives(text, 'a.conf')).toEqual([
      { name: 'a', args: ['b#c', 'd "e" ;', 'f g'], line: 2 },
      {
        name: 'map',
        args: ['${x}'],
        line: 3,
        block: [
          { name: 'default', args: ['0'], line: 4 },
          { name: '', args: ['1'], line: 4 },
        ],
      },
      {
        name: 'location',
        args: ['~', '\\.php$'],
        line: 6,
        block: [{ name: 'return', args: ['404'], line: 6 }],
      },
    ])
  })

  test.each([
    ['a b', 'a.conf:1: “a” has no “;”'],
    ['a {\nb;', 'a.conf:1: “a” has no closing “}”'],
    ['a;\n}', 'a.conf:2: there is a “}” too many'],
    ['a {\nb }', 'a.conf:2'],
    ['a;\n;', 'a.conf:2: “;” was not expected'],
    ['a "b;', 'a.conf:1: the quote " is not closed'],
  ])('reports where %j is wrong', (text, message) => {
    expect(() => parseDirectives(text, 'a.conf')).toThrow(message)
  })
})
