import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { createRandom } from '../random.ts'
import { exampleRequests, readRequests } from './requests.ts'

describe('requests from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-requests-'))
  const file = join(folder, 'requests.jsonl')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('are one JSON object a line: a string is sent as it is, anything else as JSON', () => {
    writeFileSync(
      file,
      '{"path": "/a", "body": {"x": 1}}\n\n{"method": "GET", "path": "/b"}\n{"path":"/c","body":"t"}',
    )
    expect(readRequests(file)).toEqual([
      { method: 'POST', path: '/a', body: '{"x":1}' },
      { method: 'GET', path: '/b', body: '' },
      { method: 'POST', path: '/c', body: 't' },
    ])
  })

  test.each([
    ['not JSON', /:1: not a JSON object/],
    ['null', /:1: not a JSON object/],
    ['{"body": {}}', /:1: “path” begins with/],
    ['{"path": "/a b"}', /:1: “path” begins with/],
    ['{"path": "/", "method": "HEAD"}', /:1: “method”/],
    ['', /has no requests/],
  ])('are refused by their line: %s', (text, message) => {
    writeFileSync(file, text)
    expect(() => readRequests(file)).toThrow(message)
  })
})

test('the example’s requests are the same for the same seed, and no index comes twice', () => {
  const requests = exampleRequests(createRandom(3))
  expect(exampleRequests(createRandom(3))).toEqual(requests)
  expect(exampleRequests(createRandom(4))).not.toEqual(requests)
  const indices = requests.flatMap(({ body }) =>
    (JSON.parse(body) as { readonly text: readonly (readonly [string, number])[] }).text.map(
      ([, index]) => index,
    ),
  )
  expect(new Set(indices).size).toBe(indices.length)
})
