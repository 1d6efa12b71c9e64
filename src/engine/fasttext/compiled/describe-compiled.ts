import type { Matrix, ModelDescription } from '../model-description.ts'
import { countOutputs, type PredictorDescription } from './metadata.ts'

/**
 * The compiled form of a supervised model. It is folded if that makes its input rows smaller: if a
 * prediction has fewer outputs than a row has numbers, or a fourth of its bytes of codes; but not where its
 * sentence vectors are to be kept.
 */
export function describeCompiled(model: ModelDescription, keepVectors: boolean): PredictorDescription {
  const { args, input, output, nWords, nLabels, pruned, prunedBuckets } = model
  const { dim, wordNgrams, minn, maxn, bucket, loss } = args
  const foldedBytes = input.rows * countOutputs({ loss, nLabels }) * 4
  const folded = !keepVectors && foldedBytes < input.sizeBytes
  return {
    dim,
    nWords,
    nLabels,
    wordNgrams,
    minn,
    maxn,
    bucket,
    prunedBuckets: pruned ? prunedBuckets : -1,
    folded,
    inputSubspace: folded ? 0 : subspaceOf(input),
    outputSubspace: folded ? 0 : subspaceOf(output),
    loss,
  }
}

function subspaceOf(matrix: Matrix): number {
  return matrix.kind === 'quantized' ? matrix.subspaceSize : 0
}
