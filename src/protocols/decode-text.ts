import { ChangeoverError, toMessage } from '../contracts/index.ts'
import type { Work } from './protocol.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that bytes are in UTF-8. Throws `bad_utf8`, with the name of what they are. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new ChangeoverError('bad_utf8', `${what} is not valid UTF-8; send UTF-8`)
  }
}

/** Decoded in one step: some 100 µs. */
const pieceBytes = 16 * 1024

/** The value that a body is in JSON; may be paused while a large one is decoded. Throws `bad_utf8` and `bad_json`. */
export function* parseJson(bytes: Uint8Array): Work<unknown> {
  const what = 'the JSON of the request'
  const text = bytes.length <= pieceBytes ? decodeText(bytes, what) : yield* decodeInPieces(bytes, what)
  try {
    // Some programs on Windows write a byte order mark before any text.
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text) as unknown
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError('bad_json', `the body is not JSON: ${why}`, { cause: error })
  }
}

function* decodeInPieces(bytes: Uint8Array, what: string): Work<string> {
  let text = ''
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = characterStart(bytes, start + pieceBytes)
    text += decodeText(bytes.subarray(start, end), what)
    yield
  }
  return text
}

/** Where the character that the byte at `place` belongs to begins; none has more than three bytes after its first. */
function characterStart(bytes: Uint8Array, place: number): number {
  for (let start = place; start > place - 4; start--) {
    const byte = bytes[start]
    if (byte === undefined) return bytes.length
    if ((byte & 0b1100_0000) !== 0b1000_0000) return start
  }
  return place
}
