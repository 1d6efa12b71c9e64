/** An answer as HTTP/1.1 frames it. Header names are in lower case. */
export type ReadAnswer = {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

type Head = Omit<ReadAnswer, 'body'>
type Framed = { readonly endsAt: number; readonly body: Buffer }

/**
 * Takes an HTTP/1.1 connection's bytes and gives the answers in them, in order. It does not depend on requests, so that an
 * answer nobody asked for is an answer too. Interim answers (1xx) are left out. Throws where the bytes are not HTTP.
 */
export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0)
  #untilClose: Head | undefined

  /** Whether bytes have come that are not a whole answer yet. */
  get hasRest(): boolean {
    return this.#bytes.length > 0 || this.#untilClose !== undefined
  }

  /** What has come of the answer that is not whole yet. */
  get rest(): string {
    return this.#bytes.toString('latin1')
  }

  read(chunk: Buffer): ReadAnswer[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const answers: ReadAnswer[] = []
    while (this.#untilClose === undefined) {
      const answer = this.#next()
      if (answer === undefined) break
      if (answer.status >= 200) answers.push(answer)
    }
    return answers
  }

  /** The connection has ended: the answer whose end that is, if there is one. */
  end(): ReadAnswer | undefined {
    if (this.#untilClose === undefined) return undefined
    const answer = { ...this.#untilClose, body: this.#bytes.toString() }
    this.#bytes = Buffer.alloc(0)
    this.#untilClose = undefined
    return answer
  }

  #next(): ReadAnswer | undefined {
    const headEnd = this.#bytes.indexOf('\r\n\r\n')
    if (headEnd < 0) return undefined
    const head = parseHead(this.#bytes.toString('latin1', 0, headEnd))
    const framed = frameBody(this.#bytes, headEnd + 4, head)
    if (framed === 'until close') {
      this.#untilClose = head
      this.#bytes = this.#bytes.subarray(headEnd + 4)
      return undefined
    }
    if (framed === undefined) return undefined
    this.#bytes = this.#bytes.subarray(framed.endsAt)
    return { ...head, body: framed.body.toString() }
  }
}

function parseHead(text: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1] ?? NaN)
  if (Number.isNaN(status)) throw new Error(`not an HTTP answer: ${JSON.stringify(statusLine.slice(0, 80))}`)
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  return { status, headers }
}

/** Where the body that begins at `from` ends; undefined where it is not all there yet. */
function frameBody(
  bytes: Buffer,
  from: number,
  { status, headers }: Head,
): Framed | 'until close' | undefined {
  if (status < 200 || status === 204 || status === 304) return { endsAt: from, body: Buffer.alloc(0) }
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return frameChunks(bytes, from)
  const length = headers.get('content-length')
  if (length === undefined) return 'until close'
  if (!/^\d+$/.test(length)) throw new Error(`not a length: ${length}`)
  const endsAt = from + Number(length)
  return bytes.length < endsAt ? undefined : { endsAt, body: bytes.subarray(from, endsAt) }
}

function frameChunks(bytes: Buffer, from: number): Framed | undefined {
  const chunks: Buffer[] = []
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const sizeBytes = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(sizeBytes)) throw new Error('a chunk without a size')
    if (sizeBytes === 0) {
      const trailersEnd = bytes.indexOf('\r\n\r\n', lineEnd)
      return trailersEnd < 0 ? undefined : { endsAt: trailersEnd + 4, body: Buffer.concat(chunks) }
    }
    at = lineEnd + 2 + sizeBytes + 2
    if (bytes.length < at) return undefined
    chunks.push(bytes.subarray(lineEnd + 2, at - 2))
  }
}
