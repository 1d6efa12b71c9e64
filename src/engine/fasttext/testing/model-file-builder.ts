import type { ByteSource } from '../byte-io.ts'
import { compileModel, type CompileOptions } from '../compiled/compile-model.ts'
import { openCompiled } from '../compiled/open-compiled.ts'
import type { Predictor } from '../predict/predictor.ts'
import { encodeUtf8 } from '../utf8.ts'

/** A hand-made model file for tests: every field can be given, so every field can be wrong. */
export type ModelFileSpec = {
  readonly version: number
  readonly args: {
    readonly dim: number
    readonly wordNgrams: number
    readonly loss: number
    readonly model: number
    readonly bucket: number
    readonly minn: number
    readonly maxn: number
    readonly t: number
  }
  readonly words: readonly string[]
  readonly labels: readonly string[]
  /** Targets of the prune table; undefined: not pruned. */
  readonly pruned: readonly number[] | undefined
  readonly input: MatrixSpec
  readonly output: MatrixSpec
}

export type MatrixSpec = DenseSpec | QuantizedSpec
export type DenseSpec = { readonly kind: 'dense'; readonly rows: readonly (readonly number[])[] }
export type QuantizedSpec = {
  readonly kind: 'quantized'
  readonly rows: number
  readonly columns: number
  readonly subspaceSize: number
  readonly normalized: boolean
  /** The numbers of the centroids, by their place; 0.5 each unless given. */
  readonly centroid?: (index: number) => number
}

/** Two words, `</s>` and two labels, in two dimensions, without n-grams. */
export const tinyModel: ModelFileSpec = {
  version: 12,
  args: { dim: 2, wordNgrams: 1, loss: 3, model: 3, bucket: 0, minn: 0, maxn: 0, t: 0.0001 },
  words: ['</s>', '你好', 'bye'],
  labels: ['__label__hello', '__label__再见'],
  pruned: undefined,
  input: {
    kind: 'dense',
    rows: [
      [0.5, 0.25],
      [4, -2],
      [-3, 5],
    ],
  },
  output: {
    kind: 'dense',
    rows: [
      [1, 0],
      [0, 1],
    ],
  },
}

/** The bytes of the model file that `spec` describes. */
export function buildModelFile(spec: ModelFileSpec): Uint8Array {
  const out = createWriter()
  writeHeader(out, spec)
  writeDictionary(out, spec)
  out.byte(spec.input.kind === 'quantized' ? 1 : 0)
  writeMatrix(out, spec.input)
  out.byte(spec.output.kind === 'quantized' ? 1 : 0)
  writeMatrix(out, spec.output)
  return Uint8Array.from(out.bytes)
}

/** A file that is bytes in memory; a read past its end throws RangeError. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read(offset, target) {
      if (offset + target.length > bytes.length) throw new RangeError('read past the end')
      target.set(bytes.subarray(offset, offset + target.length))
    },
  }
}

/** The compiled form of a model file; throws RangeError if the compiler leaves a gap or seeks back. */
export function compileInMemory(file: Uint8Array, options?: CompileOptions): ArrayBuffer {
  const pieces: number[] = []
  const write = (offset: number, bytes: Uint8Array): void => {
    if (offset !== pieces.length) throw new RangeError(`wrote at ${offset}, not at ${pieces.length}`)
    for (const byte of bytes) pieces.push(byte)
  }
  compileModel(sourceOf(file), { write }, options)
  return Uint8Array.from(pieces).buffer
}

/** A predictor for the model that `spec` describes. */
export function openSpec(spec: ModelFileSpec, options?: CompileOptions): Predictor {
  return openCompiled(compileInMemory(buildModelFile(spec), options))
}

/** What `action` throws. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** The UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  return bytes.subarray(0, encodeUtf8(text, bytes, 0))
}

type Writer = ReturnType<typeof createWriter>

function createWriter() {
  const bytes: number[] = []
  const append = (size: number, set: (view: DataView) => void): void => {
    const view = new DataView(new ArrayBuffer(size))
    set(view)
    for (let i = 0; i < size; i++) bytes.push(view.getUint8(i))
  }
  return {
    bytes,
    byte: (value: number) => bytes.push(value),
    int32: (value: number) => append(4, (view) => view.setInt32(0, value, true)),
    int64: (value: number) => append(8, (view) => view.setBigInt64(0, BigInt(value), true)),
    float32: (value: number) => append(4, (view) => view.setFloat32(0, value, true)),
    float64: (value: number) => append(8, (view) => view.setFloat64(0, value, true)),
  }
}

function writeHeader(out: Writer, spec: ModelFileSpec): void {
  const { dim, wordNgrams, loss, model, bucket, minn, maxn, t } = spec.args
  for (const value of [793712314, spec.version]) out.int32(value)
  for (const value of [dim, 5, 5, 1, 5, wordNgrams, loss, model, bucket, minn, maxn, 100]) out.int32(value)
  out.float64(t)
}

function writeDictionary(out: Writer, spec: ModelFileSpec): void {
  const { words, labels, pruned } = spec
  for (const value of [words.length + labels.length, words.length, labels.length]) out.int32(value)
  out.int64(100)
  out.int64(pruned?.length ?? -1)
  words.forEach((word, i) => writeEntry(out, word, words.length - i, 0))
  labels.forEach((label, i) => writeEntry(out, label, labels.length - i, 1))
  pruned?.forEach((target, i) => {
    out.int32(i * 7)
    out.int32(target)
  })
}

function writeEntry(out: Writer, text: string, count: number, type: number): void {
  for (const byte of utf8(text)) out.byte(byte)
  out.byte(0)
  out.int64(count)
  out.byte(type)
}

function writeMatrix(out: Writer, matrix: MatrixSpec): void {
  if (matrix.kind === 'quantized') {
    writeQuantized(out, matrix)
    return
  }
  out.int64(matrix.rows.length)
  out.int64(matrix.rows[0]?.length ?? 0)
  for (const value of matrix.rows.flat()) out.float32(value)
}

function writeQuantized(out: Writer, matrix: QuantizedSpec): void {
  const { rows, columns, subspaceSize, normalized, centroid = () => 0.5 } = matrix
  const codes = rows * Math.ceil(columns / subspaceSize)
  out.byte(normalized ? 1 : 0)
  out.int64(rows)
  out.int64(columns)
  out.int32(codes)
  for (let i = 0; i < codes; i++) out.byte(i % 256)
  writeQuantizer(out, columns, subspaceSize, centroid)
  if (!normalized) return
  for (let i = 0; i < rows; i++) out.byte(0)
  writeQuantizer(out, 1, 1, centroid)
}

function writeQuantizer(
  out: Writer,
  dim: number,
  subspaceSize: number,
  centroid: (index: number) => number,
): void {
  const subspaces = Math.ceil(dim / subspaceSize)
  for (const value of [dim, subspaces, subspaceSize, dim - (subspaces - 1) * subspaceSize]) out.int32(value)
  for (let i = 0; i < dim * 256; i++) out.float32(centroid(i))
}
