import type { ByteSink, ByteSource } from '../byte-io.ts'
import { ModelFileError } from '../errors.ts'
import { windowBytes } from './file-cursor.ts'

const exponentBits = 0x7f800000

/** A part of the model file that goes into the compiled model as it is. */
export type SourceRange = {
  readonly offset: number
  readonly sizeBytes: number
  readonly content: 'float32' | 'codes'
}

/**
 * Copies a range to byte `sinkOffset` through a buffer of windowBytes; throws `not_finite` with the offset of
 * the first float32 number that is infinite or not a number.
 */
export function copyRange(
  source: ByteSource,
  { offset, sizeBytes, content }: SourceRange,
  sink: ByteSink,
  sinkOffset: number,
): void {
  // Rounded up so that the numbers can be read as bits.
  const buffer = new Uint8Array(Math.min(windowBytes, Math.ceil(sizeBytes / 4) * 4))
  const bits = new Int32Array(buffer.buffer)
  for (let done = 0; done < sizeBytes; done += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, sizeBytes - done))
    source.read(offset + done, piece)
    if (content === 'float32') requireFinite(bits, piece.length / 4, offset + done)
    sink.write(sinkOffset + done, piece)
  }
}

/** Reads target.length float32 numbers from byte `offset` on; throws `not_finite`. */
export function readFloats(source: ByteSource, offset: number, target: Float32Array): Float32Array {
  source.read(offset, new Uint8Array(target.buffer, target.byteOffset, target.byteLength))
  requireFinite(new Int32Array(target.buffer, target.byteOffset, target.length), target.length, offset)
  return target
}

function requireFinite(bits: Int32Array, length: number, offset: number): void {
  for (let i = 0; i < length; i++) {
    if (((bits[i] as number) & exponentBits) === exponentBits) throw notFinite(offset + i * 4)
  }
}

function notFinite(offset: number): ModelFileError {
  return new ModelFileError(
    'not_finite',
    offset,
    `The model file has a number at byte ${offset} that is infinite or not a number, so no prediction can be ` +
      `trusted. Copy the file again; if that does not help, train it with a lower -lr.`,
  )
}
