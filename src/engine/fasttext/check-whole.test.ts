import { expect, test } from 'vitest'

import { ModelFileError } from './errors.ts'
import { checkWhole, readModel } from './file/read-model.ts'
import { buildModelFile, sourceOf, tinyModel } from './testing/model-file-builder.ts'

const dense = buildModelFile(tinyModel)
const quantized = buildModelFile({
  ...tinyModel,
  args: { ...tinyModel.args, bucket: 9, wordNgrams: 2 },
  pruned: [1, 0],
  input: { kind: 'quantized', rows: 5, columns: 2, subspaceSize: 2, normalized: true },
  output: { kind: 'quantized', rows: 2, columns: 2, subspaceSize: 2, normalized: false },
})

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    checkWhole(sourceOf(bytes))
    return undefined
  } catch (error) {
    if (error instanceof ModelFileError) return error.code
    throw error
  }
}

test.each([
  ['a dense', dense],
  ['a quantized and pruned', quantized],
])('%s model is whole at its last byte, and not one before', (_what, file) => {
  readModel(sourceOf(file))
  for (let length = 0; length < file.length; length++)
    expect(codeOf(file.subarray(0, length)), `${length} bytes`).toMatch(
      /^(empty_file|truncated|bad_prune_table)$/,
    )
  expect(codeOf(file)).toBeUndefined()
  expect(codeOf(Uint8Array.of(...file, 0))).toBe('trailing_bytes')
})
