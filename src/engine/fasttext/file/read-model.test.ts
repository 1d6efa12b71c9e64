import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ModelFileError, type ModelFileErrorCode } from '../errors.ts'
import {
  buildModelFile,
  type ModelFileSpec,
  type QuantizedSpec,
  sourceOf,
  thrownBy,
  tinyModel,
  utf8,
} from '../testing/model-file-builder.ts'
import { readModel } from './read-model.ts'

const quantizedSpec: QuantizedSpec = {
  kind: 'quantized',
  rows: 5,
  columns: 3,
  subspaceSize: 2,
  normalized: true,
}
const quantizedModel: ModelFileSpec = {
  ...tinyModel,
  args: { ...tinyModel.args, dim: 3, wordNgrams: 2, bucket: 1000 },
  pruned: [1, 0],
  input: quantizedSpec,
  output: { ...quantizedSpec, rows: 2, normalized: false },
}
const tinyBytes = buildModelFile(tinyModel)
const quantizedBytes = buildModelFile(quantizedModel)

function refusal(bytes: Uint8Array): ModelFileError {
  const error = thrownBy(() => readModel(sourceOf(bytes)))
  if (error instanceof ModelFileError) return error
  throw error
}

function withInt32(
  bytes: Uint8Array,
  ...changes: readonly (readonly [offset: number, value: number])[]
): Uint8Array {
  const copy = bytes.slice()
  for (const [offset, value] of changes) new DataView(copy.buffer).setInt32(offset, value, true)
  return copy
}

function withByte(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice()
  copy[offset] = value
  return copy
}

const without = (args: Partial<ModelFileSpec['args']>): Uint8Array =>
  buildModelFile({ ...tinyModel, args: { ...tinyModel.args, ...args } })

describe('a sound file', () => {
  it('is described', () => {
    expect(readModel(sourceOf(tinyBytes))).toEqual({
      sizeBytes: tinyBytes.length,
      version: 12,
      args: {
        dim: 2,
        ws: 5,
        epoch: 5,
        minCount: 1,
        neg: 5,
        wordNgrams: 1,
        loss: 'softmax',
        model: 'supervised',
        bucket: 0,
        minn: 0,
        maxn: 0,
        lrUpdateRate: 100,
        t: 0.0001,
      },
      nWords: 3,
      nLabels: 2,
      nTokens: 100,
      pruned: false,
      prunedBuckets: 0,
      labels: [
        { text: '__label__hello', count: 2 },
        { text: '__label__再见', count: 1 },
      ],
      firstWords: [
        { text: '</s>', count: 3 },
        { text: '你好', count: 2 },
        { text: 'bye', count: 1 },
      ],
      input: { kind: 'dense', rows: 3, columns: 2, offset: tinyBytes.length - 57, sizeBytes: 24 },
      output: { kind: 'dense', rows: 2, columns: 2, offset: tinyBytes.length - 16, sizeBytes: 16 },
    })
  })

  it('is described when it is quantized and pruned', () => {
    const description = readModel(sourceOf(quantizedBytes))
    expect(description).toMatchObject({ pruned: true, prunedBuckets: 2 })
    expect(description.input).toMatchObject({ kind: 'quantized', rows: 5, subspaceSize: 2, codesPerRow: 2 })
    expect(description.input).toHaveProperty('normCodesOffset', expect.any(Number))
    expect(description.output).toMatchObject({ kind: 'quantized', rows: 2, normCodesOffset: undefined })
  })

  it('is described when it is not supervised', () => {
    const { input } = tinyModel
    const bytes = buildModelFile({
      ...tinyModel,
      labels: [],
      output: input,
      args: { ...tinyModel.args, model: 2 },
    })
    expect(readModel(sourceOf(bytes))).toMatchObject({
      args: { model: 'sg' },
      labels: [],
      output: { rows: 3 },
    })
  })

  it('has no subwords when it is supervised and of version 11', () => {
    const bytes = buildModelFile({ ...tinyModel, version: 11, args: { ...tinyModel.args, maxn: 3 } })
    expect(readModel(sourceOf(bytes)).args.maxn).toBe(0)
  })

  it('may be larger than the window it is read through', () => {
    const words = Array.from({ length: 70_000 }, (_, i) => `a rather long word ${i}`)
    const rows = words.map(() => [1, 2])
    const bytes = buildModelFile({ ...tinyModel, words, input: { kind: 'dense', rows } })
    const calls: number[] = []
    const source = sourceOf(bytes)
    const counting = {
      sizeBytes: source.sizeBytes,
      read: (offset: number, target: Uint8Array) => {
        calls.push(target.length)
        source.read(offset, target)
      },
    }
    expect(readModel(counting)).toMatchObject({ nWords: 70_000, labels: [{ text: '__label__hello' }, {}] })
    expect(Math.max(...calls)).toBeLessThanOrEqual(1 << 20)
  })
})

describe('a damaged file', () => {
  it('is refused where it is empty', () => {
    expect(refusal(new Uint8Array(0))).toMatchObject({ code: 'empty_file', offset: 0, status: 422 })
  })

  it.each([
    { name: 'text', bytes: utf8('__label__a some training text\n'), hint: 'training text' },
    { name: 'one letter', bytes: utf8('a'), hint: 'training text' },
    { name: 'gzip', bytes: Uint8Array.of(0x1f, 0x8b, 8, 0, 0), hint: 'gzip' },
  ])('is refused where it is $name', ({ bytes, hint }) => {
    const error = refusal(bytes)
    expect(error.code).toBe('not_a_model')
    expect(error.message).toContain(hint)
  })

  it.each([
    { name: 'dense', bytes: tinyBytes },
    { name: 'quantized', bytes: quantizedBytes },
  ])('is refused wherever a $name file is cut short', ({ bytes }) => {
    // The centroids are long and alike: there, every 97th byte is cut at.
    for (let size = 1; size < bytes.length; size += size < 400 ? 1 : 97) {
      const error = refusal(bytes.subarray(0, size))
      expect(['truncated', 'bad_prune_table']).toContain(error.code)
      expect(error.offset).toBeLessThanOrEqual(size)
    }
  })

  it('is refused where bytes follow the model', () => {
    const longer = new Uint8Array(tinyBytes.length + 1)
    longer.set(tinyBytes)
    expect(refusal(longer)).toMatchObject({ code: 'trailing_bytes', offset: tinyBytes.length })
  })

  const inputFlag = tinyBytes.length - 57 - 17
  const quantizedInput = 92 + utf8('</s>你好bye__label__hello__label__再见').length + 5 * 10 + 16
  const cases: readonly { name: string; bytes: Uint8Array; code: ModelFileErrorCode; offset?: number }[] = [
    { name: 'version 10', bytes: withInt32(tinyBytes, [4, 10]), code: 'unsupported_version', offset: 4 },
    { name: 'version 13', bytes: withInt32(tinyBytes, [4, 13]), code: 'unsupported_version', offset: 4 },
    { name: 'dim 0', bytes: without({ dim: 0 }), code: 'bad_argument', offset: 8 },
    { name: 'negative wordNgrams', bytes: without({ wordNgrams: -1 }), code: 'bad_argument', offset: 28 },
    { name: 'loss 0', bytes: without({ loss: 0 }), code: 'bad_argument', offset: 32 },
    { name: 'loss 5', bytes: without({ loss: 5 }), code: 'bad_argument', offset: 32 },
    { name: 'model 4', bytes: without({ model: 4 }), code: 'bad_argument', offset: 36 },
    { name: 'a negative bucket', bytes: without({ bucket: -1 }), code: 'bad_argument', offset: 40 },
    { name: 'n-grams, no buckets', bytes: without({ wordNgrams: 2 }), code: 'bad_argument', offset: 40 },
    { name: 'subwords, no buckets', bytes: without({ maxn: 2 }), code: 'bad_argument', offset: 40 },
    { name: 'negative minn', bytes: without({ minn: -1 }), code: 'bad_argument', offset: 44 },
    { name: 'negative maxn', bytes: without({ maxn: -1 }), code: 'bad_argument', offset: 48 },
    { name: 'a t that is not a number', bytes: without({ t: Number.NaN }), code: 'bad_argument', offset: 56 },
    { name: 'no entries', bytes: withInt32(tinyBytes, [64, 0], [68, 0], [72, 0]), code: 'bad_dictionary' },
    { name: 'sizes that do not add up', bytes: withInt32(tinyBytes, [64, 6]), code: 'bad_dictionary' },
    { name: 'negative words', bytes: withInt32(tinyBytes, [68, -1], [72, 6]), code: 'bad_dictionary' },
    { name: 'negative tokens', bytes: withInt32(tinyBytes, [80, -1]), code: 'bad_dictionary' },
    { name: 'a label among words', bytes: withInt32(tinyBytes, [68, 4], [72, 1]), code: 'bad_dictionary' },
    { name: 'a word among labels', bytes: withInt32(tinyBytes, [68, 2], [72, 3]), code: 'bad_dictionary' },
    { name: 'an empty word', bytes: withByte(tinyBytes, 92, 0), code: 'bad_dictionary', offset: 92 },
    { name: 'a negative count', bytes: withByte(tinyBytes, 104, 0xff), code: 'bad_dictionary', offset: 92 },
    { name: 'an entry of type 2', bytes: withByte(tinyBytes, 105, 2), code: 'bad_dictionary', offset: 92 },
    {
      name: 'more entries than bytes',
      bytes: withInt32(tinyBytes, [64, 2 ** 31 - 1], [68, 2 ** 31 - 3]),
      code: 'truncated',
    },
    {
      name: 'a repeated word',
      bytes: buildModelFile({ ...tinyModel, words: ['</s>', 'bye', 'bye'] }),
      code: 'duplicate_word',
    },
    {
      name: 'a word that is a label too',
      bytes: buildModelFile({ ...tinyModel, labels: ['bye', '__label__a'] }),
      code: 'duplicate_word',
    },
    { name: 'no labels', bytes: buildModelFile({ ...tinyModel, labels: [] }), code: 'bad_dictionary' },
    { name: 'a prune size below -1', bytes: withInt32(tinyBytes, [84, -2]), code: 'bad_prune_table' },
    { name: 'a vast prune size', bytes: withInt32(tinyBytes, [84, -1], [88, 9]), code: 'bad_prune_table' },
    {
      name: 'a prune target past the rows',
      bytes: buildModelFile({ ...quantizedModel, pruned: [0, 2] }),
      code: 'bad_prune_table',
    },
    {
      name: 'pruned but dense',
      bytes: buildModelFile({ ...tinyModel, pruned: [] }),
      code: 'bad_prune_table',
    },
    { name: 'a flag of 2', bytes: withByte(tinyBytes, inputFlag, 2), code: 'bad_flag', offset: inputFlag },
    { name: 'too few rows', bytes: withByte(tinyBytes, inputFlag + 1, 2), code: 'bad_matrix_shape' },
    { name: 'vast rows', bytes: withByte(tinyBytes, inputFlag + 8, 0x7f), code: 'bad_matrix_shape' },
    { name: 'too many columns', bytes: withByte(tinyBytes, inputFlag + 9, 3), code: 'bad_matrix_shape' },
    {
      name: 'too many output rows',
      bytes: withByte(tinyBytes, inputFlag + 17 + 24 + 1, 3),
      code: 'bad_matrix_shape',
    },
    { name: 'a vast bucket', bytes: without({ bucket: 2 ** 31 - 1 }), code: 'bad_matrix_shape' },
    { name: 'a norm flag of 3', bytes: withByte(quantizedBytes, quantizedInput + 1, 3), code: 'bad_flag' },
    {
      name: 'too few codes',
      bytes: withInt32(quantizedBytes, [quantizedInput + 18, -1]),
      code: 'bad_quantizer',
    },
    {
      name: 'a quantizer of another size',
      bytes: withInt32(quantizedBytes, [quantizedInput + 22 + 10, 4]),
      code: 'bad_quantizer',
    },
    {
      name: 'a quantizer without parts',
      bytes: withInt32(quantizedBytes, [quantizedInput + 22 + 10 + 8, 0]),
      code: 'bad_quantizer',
    },
    {
      name: 'a quantizer with a wrong last part',
      bytes: withInt32(quantizedBytes, [quantizedInput + 22 + 10 + 12, 2]),
      code: 'bad_quantizer',
    },
    {
      name: 'parts that do not match the codes',
      bytes: withInt32(
        quantizedBytes,
        ...[3, 3, 1, 1].map((value, i) => [quantizedInput + 32 + i * 4, value] as const),
      ),
      code: 'bad_quantizer',
    },
  ]

  it.each(cases)('is refused with $name', ({ bytes, code, offset }) => {
    const error = refusal(bytes)
    expect(error.code, error.message).toBe(code)
    if (offset !== undefined) expect(error.offset).toBe(offset)
  })

  it('is read or refused, but never anything else, with any bytes changed', () => {
    const change = fc.tuple(fc.nat(quantizedBytes.length - 1), fc.nat(255))
    const changes = fc.array(change, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.constantFrom(tinyBytes, quantizedBytes), changes, (bytes, list) => {
        const copy = bytes.slice()
        for (const [at, value] of list) copy[at % Math.min(copy.length, 300)] = value
        try {
          readModel(sourceOf(copy))
        } catch (error) {
          expect(error).toBeInstanceOf(ModelFileError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
