/**
 * The frames of a link, on a Unix socket between processes of one machine.
 *
 * Every frame: u32 length of what follows, u8 type, u32 id, payload. Little-endian.
 * - request:  u8 method length, u32 url length, u32 headers length, method, url, headers, body
 * - response: u16 status, u32 headers length, headers, body
 * - json:     UTF-8 JSON (hello, command, reply)
 * - ping, pong: empty
 * - cancel: empty, since version 1; nobody waits for the answer to this id any more
 * - goaway: empty; the listening end wants no more requests, and the other end answers with the same after its last one
 *
 * The listening end sends hello first, with the version of its protocol. Processes of several builds share a stack after an
 * adoption and during a reload, so an end skips the frames that it does not know, and a process refuses the commands that it
 * does not know; what a later version adds is sent only to an end that has named that version.
 * Headers are `name\nvalue\n…` in latin1, as HTTP carries them.
 */
/** The version of the protocol that this build speaks. The builds before 1 name none: they obey a command that they do not know by doing nothing. */
export const protocolVersion = 1

export const frameTypes = {
  hello: 1,
  request: 2,
  response: 3,
  ping: 4,
  pong: 5,
  command: 6,
  reply: 7,
  goaway: 8,
  cancel: 9,
} as const

export type FrameType = (typeof frameTypes)[keyof typeof frameTypes]

export const frameHeadBytes = 9
export const requestHeadBytes = 9
export const responseHeadBytes = 6

/** A frame longer than this is malformed: no sender of ours makes one. */
export const maxFrameBytes = (1 << 30) + (1 << 20)

/** A frame as it was read; `payload` is a view of the bytes that arrived. */
export type Frame = { readonly type: number; readonly id: number; readonly payload: Buffer }

export type LinkRequest = {
  readonly method: string
  readonly url: string
  readonly headers: string
  readonly body: Buffer
}

export type LinkResponse = {
  readonly status: number
  readonly headers: string
  readonly body: Buffer | string
}

/** Reads a request's payload. Throws a RangeError where its lengths do not fit. */
export function decodeRequest(payload: Buffer): LinkRequest {
  const urlStart = requestHeadBytes + payload.readUInt8(0)
  const headersStart = urlStart + payload.readUInt32LE(1)
  const bodyStart = headersStart + payload.readUInt32LE(5)
  if (bodyStart > payload.length) throw new RangeError('a request frame is shorter than its own lengths say')
  return {
    method: payload.toString('latin1', requestHeadBytes, urlStart),
    url: payload.toString('latin1', urlStart, headersStart),
    headers: payload.toString('latin1', headersStart, bodyStart),
    body: payload.subarray(bodyStart),
  }
}

/** Reads a response's payload. Throws a RangeError where its lengths do not fit. */
export function decodeResponse(payload: Buffer): LinkResponse & { readonly body: Buffer } {
  const bodyStart = responseHeadBytes + payload.readUInt32LE(2)
  if (bodyStart > payload.length) throw new RangeError('a response frame is shorter than its own lengths say')
  return {
    status: payload.readUInt16LE(0),
    headers: payload.toString('latin1', responseHeadBytes, bodyStart),
    body: payload.subarray(bodyStart),
  }
}
