import { expect, test } from 'vitest'

import { refuseForeignPages, requireLocalName } from './refuse-foreign-pages.ts'

const host = '127.0.0.1:8087'

test.each([
  ['curl', { host }],
  ['the page itself', { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }],
  ['the page itself, in a browser that does not say it', { host, origin: `http://${host}` }],
  ['the page behind a proxy', { host, origin: 'https://ops.example', 'sec-fetch-site': 'same-origin' }],
  ['a person', { host, 'sec-fetch-site': 'none' }],
])('%s may ask', (_, headers) => {
  expect(() => refuseForeignPages(headers)).not.toThrow()
})

test.each([
  ['another origin', { host, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another port of the same machine', { host, origin: 'http://127.0.0.1:3000' }],
  ['another port, as a browser says it', { host, 'sec-fetch-site': 'same-site' }],
  ['a sandboxed frame', { host, origin: 'null' }],
])('a page of %s may not', (_, headers) => {
  expect(() => refuseForeignPages(headers)).toThrow('another origin')
})

test.each([host, 'localhost:8087', 'LOCALHOST', '[::1]:8087', '10.0.0.7'])('%s is this machine', (name) => {
  expect(() => requireLocalName({ host: name })).not.toThrow()
})

test.each(['evil.example:8087', 'localhost.evil.example', '127.0.0.1.nip.example:8087', ''])(
  '“%s” is not',
  (name) => {
    expect(() => requireLocalName({ host: name })).toThrow('not its name')
  },
)
