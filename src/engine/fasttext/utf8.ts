const replacement = 0xfffd

/**
 * Writes `text` as UTF-8 into `target` from byte `start` on and returns its end. `target` must have
 * room for three bytes for every UTF-16 unit of `text`. A lone surrogate becomes U+FFFD.
 */
export function encodeUtf8(text: string, target: Uint8Array, start: number): number {
  let end = start
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) target[end++] = unit
    else if (unit < 0x800) end = writeTwo(target, end, unit)
    else if (unit < 0xd800 || unit > 0xdfff) end = writeThree(target, end, unit)
    else {
      const point = pairAt(text, i, unit)
      if (point === replacement) end = writeThree(target, end, replacement)
      else {
        end = writeFour(target, end, point)
        i++
      }
    }
  }
  return end
}

function pairAt(text: string, index: number, unit: number): number {
  if (unit > 0xdbff || index + 1 === text.length) return replacement
  const next = text.charCodeAt(index + 1)
  if (next < 0xdc00 || next > 0xdfff) return replacement
  return 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00)
}

function writeTwo(target: Uint8Array, at: number, point: number): number {
  target[at] = 0xc0 | (point >> 6)
  target[at + 1] = 0x80 | (point & 0x3f)
  return at + 2
}

function writeThree(target: Uint8Array, at: number, point: number): number {
  target[at] = 0xe0 | (point >> 12)
  target[at + 1] = 0x80 | ((point >> 6) & 0x3f)
  target[at + 2] = 0x80 | (point & 0x3f)
  return at + 3
}

function writeFour(target: Uint8Array, at: number, point: number): number {
  target[at] = 0xf0 | (point >> 18)
  target[at + 1] = 0x80 | ((point >> 12) & 0x3f)
  target[at + 2] = 0x80 | ((point >> 6) & 0x3f)
  target[at + 3] = 0x80 | (point & 0x3f)
  return at + 4
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text that bytes[start, end) spell in UTF-8. What is not well-formed becomes U+FFFD, as in Python's `errors='replace'`. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}
