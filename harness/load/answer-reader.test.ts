import { describe, expect, test } from 'vitest'

import { AnswerReader } from './answer-reader.ts'

const bodies = (reader: AnswerReader, text: string): string[] =>
  reader.read(Buffer.from(text)).map(({ status, body }) => `${status} ${body}`)

const counted = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Model-Version: a@1\r\n\r\n五'
const chunked = 'HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n'
const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
const empty = 'HTTP/1.1 204 No Content\r\n\r\n'

describe('the bytes of a connection', () => {
  test('hold answers of every framing, in order', () => {
    const reader = new AnswerReader()
    expect(bodies(reader, interim + counted + chunked + empty + counted)).toEqual([
      '200 五',
      '404 abc',
      '204 ',
      '200 五',
    ])
    expect(reader.hasRest).toBe(false)
  })

  test('may come torn at any place', () => {
    const bytes = Buffer.from(interim + counted + chunked + empty)
    for (let tornAt = 1; tornAt < bytes.length; tornAt++) {
      const reader = new AnswerReader()
      const answers = [...reader.read(bytes.subarray(0, tornAt)), ...reader.read(bytes.subarray(tornAt))]
      expect(answers.map(({ body }) => body)).toEqual(['五', 'abc', ''])
    }
  })

  test('have headers by name in lower case', () => {
    const [answer] = new AnswerReader().read(Buffer.from(counted))
    expect(answer?.headers.get('x-model-version')).toBe('a@1')
  })

  test('end an answer that has no length with the connection', () => {
    const reader = new AnswerReader()
    expect(bodies(reader, 'HTTP/1.0 200 OK\r\n\r\nall ')).toEqual([])
    expect(bodies(reader, 'of it')).toEqual([])
    expect(reader.end()?.body).toBe('all of it')
    expect(reader.end()).toBeUndefined()
  })

  test('may end in the middle of an answer', () => {
    const reader = new AnswerReader()
    expect(bodies(reader, counted.slice(0, -1))).toEqual([])
    expect([reader.end(), reader.hasRest]).toEqual([undefined, true])
  })

  test.each(['nonsense\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\n'])(
    'are refused: %j',
    (text) => {
      expect(() => new AnswerReader().read(Buffer.from(text))).toThrow(/^not a/)
    },
  )
})
