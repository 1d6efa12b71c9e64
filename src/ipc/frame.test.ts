import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Frame } from './frame.ts'
import { decodeRequest, decodeResponse, frameTypes } from './frame.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'

const latin1 = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) })
const bytes = fc.uint8Array({ maxLength: 200_000 }).map((array) => Buffer.from(array))
const anyRequest = fc.record({
  method: fc.constantFrom('GET', 'POST', 'OPTIONS'),
  url: latin1,
  headers: latin1,
  body: bytes,
})

function written(write: (writer: FrameWriter) => void): Buffer {
  const writer = new FrameWriter()
  write(writer)
  let result = Buffer.alloc(0)
  writer.take((view) => {
    result = Buffer.from(view)
    return { reuse: true }
  })
  expect(writer.isEmpty).toBe(true)
  return result
}

function read(chunks: readonly Buffer[]): Frame[] {
  const reader = new FrameReader()
  const frames: Frame[] = []
  for (const chunk of chunks) reader.push(chunk, (frame) => frames.push(frame))
  return frames
}

function cut(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    chunks.push(stream.subarray(at, at + size))
    at += size
  }
  return [...chunks, stream.subarray(at)].filter(({ length }) => length > 0)
}

describe('frames', () => {
  test('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 5 }), fc.array(fc.nat(70_000)), (requests, sizes) => {
        const stream = written((writer) => {
          for (const [id, request] of requests.entries()) writer.request(frameTypes.request, id, request)
        })
        const frames = read(cut(stream, sizes))
        expect(frames.map(({ id }) => id)).toEqual(requests.map((_, id) => id))
        expect(frames.map(({ payload }) => decodeRequest(payload))).toEqual(requests)
      }),
      { numRuns: 60 },
    )
  })

  test('carry text bodies as UTF-8 and byte bodies as they are', () => {
    const stream = written((writer) => {
      writer.response(frameTypes.response, 1, { status: 200, headers: 'a\nb', body: '答案 5' })
      writer.response(frameTypes.response, 2, { status: 503, headers: '', body: Buffer.from([0, 255]) })
    })
    const [first, second] = read([stream]).map(({ payload }) => decodeResponse(payload))
    expect(first).toEqual({ status: 200, headers: 'a\nb', body: Buffer.from('答案 5') })
    expect(second).toEqual({ status: 503, headers: '', body: Buffer.from([0, 255]) })
  })

  test('with a length that none can have end the link', () => {
    for (const length of [0, 4, 0xffff_ffff]) {
      const head = Buffer.alloc(9)
      head.writeUInt32LE(length)
      expect(() => read([head])).toThrow(RangeError)
    }
  })

  test('whose inner lengths do not fit are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (array) => {
        for (const decode of [decodeRequest, decodeResponse]) {
          try {
            const { body } = decode(Buffer.from(array))
            expect(body.length).toBeLessThanOrEqual(array.length)
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
          }
        }
      }),
    )
  })
})
