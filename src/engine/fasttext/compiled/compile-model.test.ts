import { expect, it } from 'vitest'

import { ModelFileError } from '../errors.ts'
import {
  buildModelFile,
  compileInMemory,
  type ModelFileSpec,
  sourceOf,
  thrownBy,
  tinyModel,
} from '../testing/model-file-builder.ts'
import { compileModel } from './compile-model.ts'
import { decodeHeader } from './layout.ts'

const nowhere = { write: () => undefined }

function refusal(spec: ModelFileSpec): ModelFileError {
  const error = thrownBy(() => compileModel(sourceOf(buildModelFile(spec)), nowhere))
  if (error instanceof ModelFileError) return error
  throw error
}

const withArgs = (args: Partial<ModelFileSpec['args']>): ModelFileSpec => ({
  ...tinyModel,
  args: { ...tinyModel.args, ...args },
})

it('aligns every section to 64 bytes and tells the size', () => {
  const compiled = compileInMemory(buildModelFile(tinyModel))
  const layout = decodeHeader(compiled)
  expect(Object.values(layout.sections).filter(({ offset }) => offset % 64 !== 0)).toEqual([])
  const summary = compileModel(sourceOf(buildModelFile(tinyModel)), nowhere)
  expect(summary).toMatchObject({ sizeBytes: compiled.byteLength, description: { nWords: 3, nLabels: 2 } })
})

it('tells its progress up to the end', () => {
  const fractions: number[] = []
  const onProgress = (fraction: number) => fractions.push(fraction)
  compileModel(sourceOf(buildModelFile(tinyModel)), nowhere, { onProgress })
  expect(fractions.toSorted((a, b) => a - b)).toEqual(fractions)
  expect(fractions.length).toBeGreaterThan(3)
  expect(fractions.at(-1)).toBe(1)
})

it('reports the kind of a model that cannot be served', () => {
  const error = refusal({ ...withArgs({ model: 1 }), labels: [], output: tinyModel.input })
  expect(error).toMatchObject({ code: 'not_supervised', offset: 36 })
  expect(error.message).toContain('word vectors (cbow)')
})

it.each([
  { name: 'wordNgrams', offset: 28 },
  { name: 'maxn', offset: 48 },
])('refuses n-grams that would take for ever: $name', ({ name, offset }) => {
  const rows = [
    [1, 0],
    [0, 1],
    [1, 1],
    [0, 0],
  ]
  const input = { kind: 'dense', rows } as const
  const spec = (length: number): ModelFileSpec => ({ ...withArgs({ bucket: 1, [name]: length }), input })
  expect(refusal(spec(101))).toMatchObject({ code: 'too_large', offset })
  expect(compileModel(sourceOf(buildModelFile(spec(100))), nowhere).compiled).toMatchObject({ [name]: 100 })
})

it('refuses the count of a label from which no tree can be built', () => {
  const file = buildModelFile(withArgs({ loss: 1 }))
  const compile = (bytes: Uint8Array) => compileModel(sourceOf(bytes), nowhere)
  expect(compile(file).compiled.loss).toBe('hs')
  const label = new TextDecoder('latin1').decode(file).indexOf('__label__hello')
  new DataView(file.buffer).setBigInt64(label + '__label__hello'.length + 1, 10n ** 15n, true)
  expect(thrownBy(() => compile(file))).toMatchObject({ code: 'bad_dictionary' })
})

it.each([Number.NaN, Infinity, -Infinity])('refuses a matrix with %s in it, and reports where', (bad) => {
  const rows = [
    [1, 0],
    [bad, 1],
  ]
  const spec: ModelFileSpec = { ...tinyModel, output: { kind: 'dense', rows } }
  expect(refusal(spec)).toMatchObject({ code: 'not_finite', offset: buildModelFile(spec).length - 8 })
})

it('refuses a matrix of more numbers than one view can hold', () => {
  const [dim, bucket] = [2 ** 16, 2 ** 16]
  const output = {
    kind: 'dense',
    rows: [new Array<number>(dim).fill(0), new Array<number>(dim).fill(0)],
  } as const
  const spec = { ...withArgs({ dim, bucket }), input: { kind: 'dense', rows: [] }, output } as const
  const bytes = buildModelFile(spec)
  const afterInput = bytes.length - (1 + 16 + 2 * dim * 4)
  new DataView(bytes.buffer).setInt32(afterInput - 16, 3 + bucket, true)
  new DataView(bytes.buffer).setInt32(afterInput - 8, dim, true)
  const hole = (3 + bucket) * dim * 4
  const file = sourceOf(bytes)
  // The rows are a hole in the file: only what lies before and after it is ever read.
  const source = {
    sizeBytes: bytes.length + hole,
    read: (offset: number, target: Uint8Array) => {
      if (offset > afterInput) file.read(offset - hole, target)
      else file.read(offset, target.subarray(0, Math.min(target.length, bytes.length - offset)))
    },
  }
  const error = thrownBy(() => compileModel(source, nowhere))
  expect(error).toMatchObject({ code: 'too_large', offset: afterInput })
})
