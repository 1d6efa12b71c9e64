import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { decodeBody, findEncoding } from './decode-body.ts'
import { joinHeaders } from './header-block.ts'

const body = Buffer.from('{"text":"您贵姓"}')

test.each([
  ['gzip', gzipSync(body)],
  ['GZIP ', gzipSync(body)],
  ['x-gzip', gzipSync(body)],
  ['gzip', Buffer.concat([gzipSync(body.subarray(0, 5)), gzipSync(body.subarray(5))])],
  ['deflate', deflateSync(body)],
  ['deflate', deflateRawSync(body)],
  ['br', brotliCompressSync(body)],
  ['gzip, br', brotliCompressSync(gzipSync(body))],
  ['deflate,identity, ,GZIP', gzipSync(deflateSync(body))],
  ['gzip', gzipSync('')],
])('%s is decoded', async (encoding, encoded) => {
  const decoded = await decodeBody(encoded, encoding, Math.max(body.length, encoding.includes(',') ? 100 : 0))
  expect([body, Buffer.alloc(0)]).toContainEqual(decoded)
})

test.each([
  ['gzip', gzipSync(Buffer.alloc(1 << 26))],
  ['deflate', deflateSync(Buffer.alloc(1 << 26))],
  ['br', brotliCompressSync(Buffer.alloc(1 << 26))],
  ['gzip, br', brotliCompressSync(gzipSync(Buffer.alloc(1 << 26)))],
  ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(1 << 20)))],
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
  ['gzip, zstd', gzipSync(body), 'media_type_unsupported', /gzip, zstd/],
  ['gzip, br', gzipSync(body), 'bad_request', /not br/],
  ['gzip,gzip,gzip,gzip', body, 'media_type_unsupported', /gzip,gzip/],
])('%s that is not %s is refused', async (encoding, encoded, code, message) => {
  await expect(decodeBody(encoded, encoding, 100)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  })
})

test.each([
  ['gzip', gzipSync(body)],
  ['deflate', deflateSync(body)],
  ['deflate', deflateRawSync(body)],
  ['br', brotliCompressSync(body)],
])('%s with something after its end is refused', async (encoding, encoded) => {
  for (const rest of ['x', '\0', '\x1f\x8b'])
    await expect(
      decodeBody(Buffer.concat([encoded, Buffer.from(rest, 'latin1')]), encoding, 100),
    ).rejects.toMatchObject({ code: 'bad_request' })
})

test.each([
  [[], undefined],
  [['content-encoding', ''], undefined],
  [['content-encoding', 'identity', 'content-encoding', 'Identity'], undefined],
  [['content-encoding', 'gzip'], 'gzip'],
  [['content-encoding', 'identity', 'x-a', 'content-encoding', 'content-encoding', 'br'], 'identity, br'],
])('%j is the encoding %s', (headers, encoding) => {
  expect(findEncoding(joinHeaders(headers))).toBe(encoding)
})

test('a list without end costs nothing, and is not repeated to its client', async () => {
  const refusal = decodeBody(body, 'gzip,'.repeat(10_000), 100)
  await expect(refusal).rejects.toThrow(/^.{0,250}$/)
  await expect(refusal).rejects.toMatchObject({ code: 'media_type_unsupported' })
})
