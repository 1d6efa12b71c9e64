import { expect, test } from 'vitest'

import { joinHeaders } from '../request/header-block.ts'
import { Cors, withoutOwnCors } from './cors.ts'

const shop = 'https://shop.example'
const some = new Cors({
  origins: [shop, 'http://localhost:3000'],
  headers: ['content-type', 'x-a'],
  maxAgeSeconds: 60,
})
const all = new Cors({ origins: ['*'], headers: [], maxAgeSeconds: 0 })
const asks = (origin: string): string =>
  joinHeaders(['origin', origin, 'access-control-request-method', 'POST'])

test('an answer allows the origin that asks, if it may, and says that it depends on it', () => {
  expect(some.linesFor(`origin\n${shop}`)).toBe(
    `vary: Origin\r\naccess-control-allow-origin: ${shop}\r\naccess-control-expose-headers: x-model-version, x-request-id, retry-after\r\n`,
  )
  for (const headers of [
    undefined,
    '',
    'origin\nhttps://shop.example.evil',
    'origin\nnull',
    `x-a\n${shop}`,
    'origin\n',
  ])
    expect(some.linesFor(headers)).toBe('vary: Origin\r\n')
})

test('with * every answer is the same, one to what was no request too', () => {
  expect(all.linesFor(undefined)).toMatch(
    /^access-control-allow-origin: \*\r\naccess-control-expose-headers: .+\r\n$/,
  )
  expect(all.linesFor(`origin\n${shop}`)).toBe(all.linesFor(undefined))
})

test('a preflight is answered at once', () => {
  expect(some.answerPreflight({ method: 'OPTIONS', headers: asks(shop) })).toEqual({
    status: 204,
    headers: joinHeaders([
      ...['access-control-allow-methods', 'GET, HEAD, POST'],
      ...['access-control-allow-headers', 'content-type, x-a'],
      ...['access-control-max-age', '60'],
    ]),
    body: '',
  })
  expect(all.answerPreflight({ method: 'OPTIONS', headers: asks('null') })?.headers).toBe(
    joinHeaders(['access-control-allow-methods', 'GET, HEAD, POST', 'access-control-max-age', '0']),
  )
  expect(some.answerPreflight({ method: 'OPTIONS', headers: asks('https://evil.example') })?.headers).toBe('')
})

test('what is no preflight goes its way', () => {
  expect(some.answerPreflight({ method: 'POST', headers: asks(shop) })).toBeUndefined()
  expect(some.answerPreflight({ method: 'OPTIONS', headers: `origin\n${shop}` })).toBeUndefined()
  expect(
    some.answerPreflight({ method: 'OPTIONS', headers: 'access-control-request-method\nPOST' }),
  ).toBeUndefined()
})

test('headers of the service for this are dropped, and nothing else', () => {
  const answer = {
    status: 200,
    headers: 'x-a\naccess-control-allow-origin\naccess-control-allow-origin\n*\nx-b\n1',
    body: '',
  }
  expect(withoutOwnCors(answer).headers).toBe('x-a\naccess-control-allow-origin\nx-b\n1')
  const plain = { status: 200, headers: 'x-b\n1', body: '' }
  expect(withoutOwnCors(plain)).toBe(plain)
})
