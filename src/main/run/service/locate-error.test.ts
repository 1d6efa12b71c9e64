import { expect, test } from 'vitest'

import { locateError } from './locate-error.ts'

const isOwnCode = (file: string): boolean => file.startsWith('/srv/')

function locate(stack: string, type: typeof Error = Error) {
  const error = new type(stack.split('\n    at ')[0])
  error.stack = stack
  return locateError(error, isOwnCode)
}

test('the first place in the user’s own code', () => {
  const stack = `top
    at eval_evalModule (/opt/node_modules/jiti/dist/jiti.cjs:1:184467)
    at /srv/names/a (copy).ts:3:7
    at handler (/srv/names/service.ts:2:1)`
  expect(locate(stack)).toEqual({
    reason: 'top',
    place: { file: '/srv/names/a (copy).ts', line: 3, column: 7 },
  })
  expect(locate(stack, TypeError).reason).toBe('TypeError: top')
})

test('what Node imported is named by its URL', () => {
  const { place } = locate('top\n    at async work (file:///srv/%E5%90%8D.mjs:12:34)')
  expect(place).toEqual({ file: '/srv/名.mjs', line: 12, column: 34 })
})

test('what the parser says: a place without a name, and columns from 0', () => {
  expect(locate('ParseError: Unexpected token  \n /srv/service.ts:3:10')).toEqual({
    reason: 'ParseError: Unexpected token',
    place: { file: '/srv/service.ts', line: 3, column: 11 },
  })
})

test('without a place in it', () => {
  expect(locate('none\n    at node:internal/main:1:2\n    at /opt/x.js:1:2')).toEqual({ reason: 'none' })
  expect(locateError('a text', isOwnCode)).toEqual({ reason: "'a text' was thrown, which is no Error" })
  expect(locateError(undefined, isOwnCode)).toEqual({ reason: 'undefined was thrown, which is no Error' })
})
