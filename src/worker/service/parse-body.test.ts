import { gzipSync } from 'node:zlib'

import { Type } from '#typebox'
import { expect, test } from 'vitest'

import { createBodyParser } from './parse-body.ts'

const parse = createBodyParser(Type.Object({ text: Type.String() }))
const json = '{"text":"您贵姓"}'

test.each([
  ['as it is', Buffer.from(json)],
  ['with a byte order mark', Buffer.from(`\ufeff${json}`)],
])('takes JSON %s', (_what, body) => {
  expect(parse(body)).toEqual({ text: '您贵姓' })
})

const swapped = Buffer.from(json, 'utf16le').swap16()

test.each([
  ['a form', Buffer.from('text=%E6%82%A8&n=1'), 'media_type_unsupported', /a form/],
  [
    'a multipart form',
    Buffer.from('--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na\r\n--x--\r\n'),
    'media_type_unsupported',
    /multipart/,
  ],
  ['gzip that does not say so', gzipSync(json), 'media_type_unsupported', /gzip/],
  ['XML', Buffer.from('\n<text>您</text>'), 'media_type_unsupported', /XML/],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${json}`, 'utf16le'), 'bad_utf8', /UTF-16/],
  ['UTF-16', Buffer.from(json, 'utf16le'), 'bad_utf8', /UTF-16/],
  ['UTF-16, the other way round', swapped, 'bad_utf8', /UTF-16/],
  ['GBK', Buffer.from([0x22, 0xc4, 0xfa, 0x22]), 'bad_utf8', /not valid UTF-8/],
  ['nothing', Buffer.alloc(0), 'bad_json', /empty/],
  ['a byte order mark alone', Buffer.from('\ufeff'), 'bad_json', /not JSON/],
  ['faulty JSON', Buffer.from('{"text":'), 'bad_json', /not JSON/],
  ['another shape', Buffer.from('{"text":1}'), 'bad_body', /\/text must be string/],
])('names %s', (_what, body, code, message) => {
  expect(() => parse(body)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
  )
})
