import type { ByteSink, ByteSource } from './byte-io.ts'
import { ModelFileError } from './errors.ts'
import { WINDOW_BYTES } from './file-cursor.ts'
import type { DenseMatrix } from './model-description.ts'

const EXPONENT_BITS = 0x7f800000

/**
 * Copies a float32 matrix to byte `sinkOffset` through a buffer of WINDOW_BYTES and tells `onBytes` after
 * every piece; throws `not_finite` with the offset of the first number that is infinite or not a number.
 */
export function copyFloats(
  source: ByteSource,
  matrix: DenseMatrix,
  sink: ByteSink,
  sinkOffset: number,
  onBytes: (sizeBytes: number) => void,
): void {
  const buffer = new Uint8Array(Math.min(WINDOW_BYTES, matrix.sizeBytes))
  const bits = new Int32Array(buffer.buffer)
  for (let done = 0; done < matrix.sizeBytes; done += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, matrix.sizeBytes - done))
    source.read(matrix.offset + done, piece)
    requireFinite(bits, piece.length / 4, matrix.offset + done)
    sink.write(sinkOffset + done, piece)
    onBytes(piece.length)
  }
}

/** Throws `not_finite` where one of the first `length` float32 numbers, given by their bits, is none; they stand in the file at `offset`. */
export function requireFinite(bits: Int32Array, length: number, offset: number): void {
  for (let i = 0; i < length; i++) {
    if (((bits[i] as number) & EXPONENT_BITS) === EXPONENT_BITS) throw notFinite(offset + i * 4)
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
