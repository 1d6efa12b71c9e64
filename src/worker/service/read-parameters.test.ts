import { Type } from '#typebox'
import { expect, test } from 'vitest'

import type { Texts } from './read-parameters.ts'
import { createParameterReader } from './read-parameters.ts'

const read = createParameterReader(
  Type.Object({
    q: Type.String(),
    n: Type.Integer({ default: 3, maximum: 10 }),
    share: Type.Optional(Type.Number()),
    all: Type.Optional(Type.Boolean()),
    k: Type.Optional(Type.Union([Type.Integer(), Type.Literal('all')])),
    label: Type.Optional(Type.Array(Type.Union([Type.Integer(), Type.String({ minLength: 1 })]))),
  }),
  'query',
)

test.each<[string, Texts, object]>([
  ['a text stays one, whatever it looks like', { q: '5' }, { q: '5', n: 3 }],
  ['numbers and booleans', { q: '', n: '7', share: '-1.5e1', all: 'true' }, { q: '', n: 7, share: -15, all: true }], // prettier-ignore
  ['one of several types', { q: '', k: '7' }, { q: '', k: 7, n: 3 }],
  ['the other of them', { q: '', k: 'all' }, { q: '', k: 'all', n: 3 }],
  ['one of a list', { q: '', label: '甲' }, { q: '', label: ['甲'], n: 3 }],
  ['a list', { q: '', label: ['甲', '7'] }, { q: '', label: ['甲', '7'], n: 3 }],
  ['what no schema names', { q: '', other: '1' }, { q: '', n: 3, other: '1' }],
])('%s', (_, texts, values) => {
  expect({ ...(read(texts) as object) }).toEqual(values)
})

test.each<[Texts, RegExp]>([
  [{}, /the parameters in the query must have required properties q/],
  [{ q: '', n: 'x' }, /at \/n must be integer/],
  [{ q: '', n: '1.5' }, /at \/n must be integer/],
  [{ q: '', n: '' }, /at \/n must be integer/],
  [{ q: '', n: '0x10' }, /at \/n must be integer/],
  [{ q: '', n: '11' }, /at \/n must be <= 10/],
  [{ q: '', n: ['1', '2'] }, /at \/n must be integer/],
  [{ q: ['a', 'b'] }, /at \/q must be string/],
  [{ q: '', all: 'yes' }, /at \/all must be boolean/],
  [{ q: '', label: ['a', ''] }, /at \/label/],
])('%j is refused', (texts, message) => {
  expect(() => read(texts)).toThrow(expect.objectContaining({ code: 'bad_parameter' }))
  expect(() => read(texts)).toThrow(message)
})

test('what a handler does to a default does not reach the next request', () => {
  const tags = Type.Array(Type.String(), { default: ['a'] })
  const readTags = createParameterReader(Type.Object({ tags }), 'query')
  const first = readTags({}) as { tags: string[] }
  first.tags.push('b')
  expect(readTags({})).toMatchObject({ tags: ['a'] })
})

test('a parameter may have the name of what every object inherits', () => {
  const readNames = createParameterReader(
    Type.Object({ constructor: Type.Optional(Type.String()), toString: Type.Integer({ default: 1 }) }),
    'query',
  )
  const read = readNames({}) as object
  expect(Object.entries(read)).toEqual([['toString', 1]])
  expect(
    Object.entries(readNames({ constructor: 'a', toString: '2', ['__proto__']: 'x' }) as object),
  ).toEqual([
    ['constructor', 'a'],
    ['toString', 2],
    ['__proto__', 'x'],
  ])
})

test('a schema of no object is refused with the service', () => {
  expect(() => createParameterReader(Type.String(), 'path')).toThrow(
    /the schema of the parameters in the path is not an object/,
  )
})
