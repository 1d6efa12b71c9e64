import { ChangeoverError } from '../../contracts/index.ts'

const lf = 0x0a

/** The first bytes of many files that were written on Windows. */
const byteOrderMark = /^\ufeff/

/**
 * The lines of a UTF-8 input as they arrive, many at a time. A line ends with LF or CRLF, which is not part of it; the last one
 * need not end. A byte order mark at the very beginning is left out. Throws `bad_utf8`, after all lines before the one it names.
 */
export async function* readLineBatches(
  input: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<string[]> {
  const decode = createLineDecoder(name)
  let waiting: Uint8Array[] = []
  for await (const chunk of input) {
    const end = chunk.lastIndexOf(lf)
    if (end >= 0) {
      yield* decode(Buffer.concat([...waiting, chunk.subarray(0, end)]))
      waiting = []
    }
    if (end + 1 < chunk.length) waiting.push(chunk.subarray(end + 1))
  }
  if (waiting.length > 0) yield* decode(Buffer.concat(waiting))
}

/** Decodes lines parted by LF, without the LF of the last one. */
function createLineDecoder(name: string): (bytes: Buffer) => Generator<string[]> {
  let lineCount = 0
  const split = (text: string): string[] => {
    const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    if (lineCount === 0) lines[0] = lines[0]?.replace(byteOrderMark, '') ?? ''
    lineCount += lines.length
    return lines
  }
  function* splitUpToFault(bytes: Buffer): Generator<string[]> {
    for (const line of splitLines(bytes)) {
      const text = decodeUtf8(line)
      if (text === undefined)
        throw new ChangeoverError(
          'bad_utf8',
          `line ${lineCount + 1} of ${name} is not UTF-8; convert the text first, for example with iconv`,
        )
      yield split(text)
    }
  }
  return function* (bytes) {
    const text = decodeUtf8(bytes)
    if (text === undefined) yield* splitUpToFault(bytes)
    else yield split(text)
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function* splitLines(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(lf, start)
    const end = found < 0 ? bytes.length : found
    yield bytes.subarray(start, end)
    start = end + 1
  }
}
