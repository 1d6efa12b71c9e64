import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { decodeBody, isEncoded } from './decode-body.ts'

const body = Buffer.from('{"text":"您贵姓"}')

test.each([
  ['gzip', gzipSync(body)],
  ['GZIP ', gzipSync(body)],
  ['x-gzip', gzipSync(body)],
  ['gzip', Buffer.concat([gzipSync(body.subarray(0, 5)), gzipSync(body.subarray(5))])],
  ['deflate', deflateSync(body)],
  ['deflate', deflateRawSync(body)],
  ['br', brotliCompressSync(body)],
])('%s is decoded', async (encoding, encoded) => {
  expect(await decodeBody(encoded, encoding, body.length)).toEqual(body)
})

test.each([
  ['gzip', gzipSync(Buffer.alloc(1 << 26))],
  ['deflate', deflateSync(Buffer.alloc(1 << 26))],
  ['br', brotliCompressSync(Buffer.alloc(1 << 26))],
])('of a bomb in %s no more is made than may be', async (encoding, bomb) => {
  const before = process.memoryUsage().arrayBuffers
  await expect(decodeBody(bomb, encoding, 1_000)).rejects.toMatchObject({ code: 'body_too_large' })
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 24)
})

test.each([
  ['gzip', body, 'bad_request', /not gzip/],
  ['gzip', gzipSync(body).subarray(0, 20), 'bad_request', /not gzip/],
  ['br', body, 'bad_request', /not br/],
  ['deflate', Buffer.alloc(0), 'bad_request', /not deflate/],
  ['zstd', body, 'media_type_unsupported', /zstd is not taken; send gzip, deflate or br/],
  ['gzip, br', body, 'media_type_unsupported', /gzip, br/],
])('%s that is not %s is refused', async (encoding, encoded, code, message) => {
  await expect(decodeBody(encoded, encoding, 100)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  })
})

test('identity and nothing are the body as it is', () => {
  expect([undefined, '', 'identity', 'Identity'].map(isEncoded)).toEqual([false, false, false, false])
  expect(isEncoded('gzip')).toBe(true)
})
