import { ChangeoverError } from '../../contracts/index.ts'

const lengthBytes = 4
/**
 * The elements of a BYTES tensor in its binary form: before each its length, uint32, little-endian (KServe's binary tensor data
 * extension). Throws `bad_body` if a length leads past the end.
 */
export function decodeBytesTensor(bytes: Buffer, what: string): Buffer[] {
  const elements: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const start = at + lengthBytes
    const end = start <= bytes.length ? start + bytes.readUInt32LE(at) : Infinity
    if (end > bytes.length)
      throw new ChangeoverError(
        'bad_body',
        `element ${elements.length} of ${what} ends after the tensor does; each element needs its length before it, 4 bytes, little-endian`,
      )
    elements.push(bytes.subarray(start, end))
    at = end
  }
  return elements
}

/** The binary form of a BYTES tensor. */
export function encodeBytesTensor(elements: readonly string[]): Buffer {
  const sizes = elements.map((element) => Buffer.byteLength(element))
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + lengthBytes + size, 0))
  let at = 0
  elements.forEach((element, i) => {
    at = bytes.writeUInt32LE(sizes[i] as number, at)
    at += bytes.write(element, at)
  })
  return bytes
}

/** The binary form of an FP32 tensor. */
export function encodeFloats(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.length * 4)
  numbers.forEach((number, i) => bytes.writeFloatLE(number, i * 4))
  return bytes
}
