const firstBytes = 1024

/** Joins bytes that come in pieces. What it holds is at most twice what has come, however small the pieces. */
export class ByteCollector {
  #buffer = Buffer.allocUnsafeSlow(0)
  #used = 0

  get sizeBytes(): number {
    return this.#used
  }

  /** The memory that it uses, in bytes. */
  get capacityBytes(): number {
    return this.#buffer.length
  }

  append(bytes: Buffer, from: number, to: number): void {
    const end = this.#used + to - from
    if (end > this.#buffer.length) this.#grow(end)
    bytes.copy(this.#buffer, this.#used, from, to)
    this.#used = end
  }

  /** Everything that was appended. */
  whole(): Buffer {
    return this.#buffer.subarray(0, this.#used)
  }

  #grow(neededBytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#buffer.length * 2, firstBytes))
    this.#buffer.copy(grown, 0, 0, this.#used)
    this.#buffer = grown
  }
}
