import { ChangeoverError, toMessage } from '../contracts/index.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that bytes are in UTF-8. Throws `bad_utf8`, with the name of what they are. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new ChangeoverError('bad_utf8', `${what} is not valid UTF-8; send UTF-8`)
  }
}

/** The value that a body is in JSON. Throws `bad_utf8` and `bad_json`. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeText(bytes, 'the JSON of the request')
  try {
    // Some programs on Windows write a byte order mark before any text.
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text)
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError('bad_json', `the body is not JSON: ${why}`, { cause: error })
  }
}
