import { ModelFileError } from '../errors.ts'
import type { DenseMatrix, QuantizedMatrix } from '../model-description.ts'
import { centroidCount } from '../predict/quantized-rows.ts'
import { type FileCursor, readByte, readInt32, readInt64, skipBytes } from './file-cursor.ts'

/** The shape that the rest of the file demands of a matrix; `name` goes into messages. */
export type ExpectedShape = { readonly name: string; readonly rows: number; readonly columns: number }

type ProductQuantizer = {
  readonly subspaceSize: number
  readonly subspaces: number
  readonly centroidsOffset: number
}

/** A byte that must be 0 or 1; throws `bad_flag`. */
export function readFlag(cursor: FileCursor, what: string): boolean {
  const offset = cursor.position
  const value = readByte(cursor, what)
  if (value <= 1) return value === 1
  const message = `The model file is damaged: ${what} at byte ${offset} is ${value}, but must be 0 or 1. Copy or train it again.`
  throw new ModelFileError('bad_flag', offset, message)
}

/** Steps over a float32 matrix; throws `bad_matrix_shape` or `truncated`. */
export function readDenseMatrix(cursor: FileCursor, expected: ExpectedShape): DenseMatrix {
  readShape(cursor, expected)
  const { rows, columns } = expected
  const offset = cursor.position
  const sizeBytes = rows * columns * 4
  skipBytes(cursor, sizeBytes, `the ${expected.name} matrix`)
  return { kind: 'dense', rows, columns, offset, sizeBytes }
}

/** Steps over a product-quantised matrix; throws `bad_flag`, `bad_matrix_shape`, `bad_quantizer` or `truncated`. */
export function readQuantizedMatrix(cursor: FileCursor, expected: ExpectedShape): QuantizedMatrix {
  const { name, rows, columns } = expected
  const normalized = readFlag(cursor, `the norm flag of the ${name} matrix`)
  readShape(cursor, expected)
  const codeSizeOffset = cursor.position
  const codeBytes = readInt32(cursor, `the code size of the ${name} matrix`)
  if (codeBytes < 0) throw badQuantizer(codeSizeOffset, name, `it claims ${codeBytes} bytes of codes`)
  const offset = cursor.position
  skipBytes(cursor, codeBytes, `the codes of the ${name} matrix`)
  const { subspaceSize, subspaces, centroidsOffset } = readQuantizer(cursor, name, columns)
  if (codeBytes !== rows * subspaces) {
    throw badQuantizer(codeSizeOffset, name, `it has ${codeBytes} codes for ${rows} rows of ${subspaces}`)
  }
  const norms = normalized ? readNorms(cursor, name, rows) : undefined
  return {
    kind: 'quantized',
    rows,
    columns,
    offset,
    sizeBytes: cursor.position - offset,
    subspaceSize,
    codesPerRow: subspaces,
    centroidsOffset,
    normCodesOffset: norms?.codesOffset,
    normCentroidsOffset: norms?.centroidsOffset,
  }
}

function readNorms(
  cursor: FileCursor,
  name: string,
  rows: number,
): { readonly codesOffset: number; readonly centroidsOffset: number } {
  const codesOffset = cursor.position
  skipBytes(cursor, rows, `the norm codes of the ${name} matrix`)
  const { centroidsOffset } = readQuantizer(cursor, `norms of the ${name}`, 1)
  return { codesOffset, centroidsOffset }
}

function readShape(cursor: FileCursor, expected: ExpectedShape): void {
  const offset = cursor.position
  const rows = readInt64(cursor, `the rows of the ${expected.name} matrix`)
  const columns = readInt64(cursor, `the columns of the ${expected.name} matrix`)
  if (rows === expected.rows && columns === expected.columns) return
  throw new ModelFileError(
    'bad_matrix_shape',
    offset,
    `The model file is damaged: its ${expected.name} matrix claims ${rows} rows of ${columns} columns, ` +
      `but its header demands ${expected.rows} of ${expected.columns}. Copy or train it again.`,
  )
}

function readQuantizer(cursor: FileCursor, name: string, columns: number): ProductQuantizer {
  const offset = cursor.position
  const what = `the quantizer of the ${name} matrix`
  const dim = readInt32(cursor, what)
  const subspaces = readInt32(cursor, what)
  const subspaceSize = readInt32(cursor, what)
  const lastSize = readInt32(cursor, what)
  const fits =
    dim === columns &&
    subspaceSize >= 1 &&
    subspaces === Math.ceil(dim / subspaceSize) &&
    lastSize === dim - (subspaces - 1) * subspaceSize
  if (!fits) {
    const found = `it splits ${dim} columns into ${subspaces} parts of ${subspaceSize}, the last of ${lastSize}`
    throw badQuantizer(offset, name, `${found}, for ${columns} columns`)
  }
  const centroidsOffset = cursor.position
  skipBytes(cursor, dim * centroidCount * 4, `the centroids of the ${name} matrix`)
  return { subspaceSize, subspaces, centroidsOffset }
}

function badQuantizer(offset: number, name: string, why: string): ModelFileError {
  return new ModelFileError(
    'bad_quantizer',
    offset,
    `The model file is damaged: in the quantized ${name} matrix, ${why}. Copy it again, or quantize it again.`,
  )
}
