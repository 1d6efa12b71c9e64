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

/** The text that bytes[start, end) spell in UTF-8. A byte that belongs to no well-formed character becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let at = start
  while (at < end) {
    const lead = bytes[at] as number
    const length = lengthFromLead(lead)
    const point = at + length <= end ? pointAt(bytes, at, lead, length) : replacement
    text += String.fromCodePoint(point)
    at += point === replacement && !isEncodedReplacement(bytes, at, end) ? 1 : length
  }
  return text
}

function lengthFromLead(lead: number): number {
  if (lead < 0x80) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

const minCodePoints = [0, 0, 0x80, 0x800, 0x10000]

function pointAt(bytes: Uint8Array, at: number, lead: number, length: number): number {
  if (length === 1) return lead
  if (lead < 0xc2 || lead > 0xf4) return replacement
  let point = lead & (0x7f >> length)
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] as number
    if ((byte & 0xc0) !== 0x80) return replacement
    point = (point << 6) | (byte & 0x3f)
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff
  const isOutside = point > 0x10ffff || point < (minCodePoints[length] as number)
  return isSurrogate || isOutside ? replacement : point
}

function isEncodedReplacement(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 3 <= end && bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd
}
