import { appendFile, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

import { oldRecordFile } from './layout.ts'

export type RotatingFileOptions = {
  readonly path: string
  /** Of this file and the older one together. */
  readonly maxSizeBytes: number
  readonly onError: (error: unknown) => void
}

const flushMs = 1_000

const newline = 0x0a

/** Maximum bytes that wait to be written while the disk is slow; further lines are dropped. */
const maxWaitingBytes = 1 << 20

/**
 * Writes lines to a file that never exceeds its limit: at half of that, it replaces the older file. A line that a crash or a full
 * disk cut off is ended before the next one, which would otherwise be lost with it.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions
  #sizeBytes = 0
  /** Whether the file's end is unknown: it may be within a line. */
  #isEndUnknown = true
  #waiting: string[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(options: RotatingFileOptions) {
    this.#options = options
  }

  /** Creates the folder, which only its user may read, and appends to the file if it exists. */
  async start(): Promise<void> {
    const { path } = this.#options
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    this.#sizeBytes = await sizeOf(path)
  }

  /** Takes a line, without its end; it is written soon, or not at all. */
  offer(line: string): void {
    const sizeBytes = Buffer.byteLength(line) + 1
    if (this.#closing !== undefined || sizeBytes > this.#options.maxSizeBytes / 2) return
    if (this.#waitingBytes + sizeBytes > maxWaitingBytes) return
    this.#waiting.push(`${line}\n`)
    this.#waitingBytes += sizeBytes
    this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref()
  }

  /** Writes the waiting lines. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#flush()
      await this.#writing
    })()
    return this.#closing
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#waiting
    const sizeBytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
    this.#waiting = []
    this.#writing = this.#writing
      .then(() => this.#write(lines))
      .catch(this.#options.onError)
      .finally(() => (this.#waitingBytes -= sizeBytes))
  }

  async #write(lines: readonly string[]): Promise<void> {
    const { path, maxSizeBytes } = this.#options
    let chunk = ''
    let chunkBytes = 0
    if (this.#isEndUnknown) {
      this.#sizeBytes = await sizeOf(path)
      if (await endsWithinLine(path, this.#sizeBytes)) {
        chunk = '\n'
        chunkBytes = 1
      }
    }
    this.#isEndUnknown = true
    const append = async (): Promise<void> => {
      if (chunk !== '') await appendFile(path, chunk, { mode: 0o600 })
      this.#sizeBytes += chunkBytes
      chunk = ''
      chunkBytes = 0
    }
    for (const line of lines) {
      const lineBytes = Buffer.byteLength(line)
      if (this.#sizeBytes + chunkBytes + lineBytes > maxSizeBytes / 2) {
        await append()
        await rename(path, oldRecordFile(path))
        this.#sizeBytes = 0
      }
      chunk += line
      chunkBytes += lineBytes
    }
    await append()
    this.#isEndUnknown = false
  }
}

function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

/** False for a file that is empty or absent. */
async function endsWithinLine(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes === 0) return false
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, sizeBytes - 1)
    return buffer[0] !== newline
  } finally {
    await file.close()
  }
}
