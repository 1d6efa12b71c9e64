import { CompiledModelError } from '../errors.ts'
import { type Loss, losses } from '../model-description.ts'

/** The facts that a predictor needs of a model besides its tables; `maxn` 0 means no subwords. */
export type PredictorDescription = {
  readonly dim: number
  readonly nWords: number
  readonly nLabels: number
  readonly wordNgrams: number
  readonly minn: number
  readonly maxn: number
  readonly bucket: number
  /** -1: not pruned; else how many n-gram buckets were kept. */
  readonly prunedBuckets: number
  /** Whether the output matrix is folded into the input rows, which then hold a number for each output. */
  readonly folded: boolean
  /** Columns for each code of a quantised input matrix; 0: its rows are float32. */
  readonly inputSubspace: number
  /** The same of the output matrix. */
  readonly outputSubspace: number
  readonly loss: Loss
}

/** How many scores a prediction is made of: one for each label, or for each inner node of the tree of hs. */
export function countOutputs({ loss, nLabels }: Pick<PredictorDescription, 'loss' | 'nLabels'>): number {
  return loss === 'hs' ? nLabels - 1 : nLabels
}

/** How many rows the input matrix has: words, then n-gram buckets. */
export function countInputRows({
  nWords,
  bucket,
  prunedBuckets,
}: Pick<PredictorDescription, 'nWords' | 'bucket' | 'prunedBuckets'>): number {
  return nWords + (prunedBuckets < 0 ? bucket : prunedBuckets)
}

const countNames = [
  'dim',
  'nWords',
  'nLabels',
  'wordNgrams',
  'minn',
  'maxn',
  'bucket',
  'inputSubspace',
  'outputSubspace',
] as const

const prunedIndex = countNames.length
const foldedIndex = prunedIndex + 1
const lossIndex = foldedIndex + 1

/** The size of the metadata section: int32 counts, kept buckets, 1 if folded, the loss as the model file numbers it. */
export const metadataBytes = (lossIndex + 1) * 4

export function encodeMetadata(description: PredictorDescription): Uint8Array {
  const { prunedBuckets, folded, loss } = description
  const counts = countNames.map((name) => description[name])
  const numbers = [...counts, prunedBuckets, folded ? 1 : 0, losses.indexOf(loss) + 1]
  return new Uint8Array(Int32Array.from(numbers).buffer)
}

/** Reads the metadata section; throws CompiledModelError if a number is impossible. */
export function decodeMetadata(section: Int32Array): PredictorDescription {
  const counts = Object.fromEntries(countNames.map((name, i) => [name, section[i] as number])) as Record<
    (typeof countNames)[number],
    number
  >
  const prunedBuckets = section[prunedIndex] as number
  const loss = losses[(section[lossIndex] as number) - 1]
  if (loss === undefined) throw bad('its loss is unknown')
  const negative = countNames.find((name) => counts[name] < 0)
  if (negative !== undefined) throw bad(`its ${negative} is negative`)
  if (prunedBuckets < -1) throw bad(`it claims ${prunedBuckets} kept buckets`)
  const { dim, nLabels, bucket, wordNgrams, maxn } = counts
  if (dim === 0 || nLabels === 0) throw bad('it has no labels or dimensions')
  if (bucket === 0 && (wordNgrams > 1 || maxn > 0)) throw bad('it uses n-grams but has no buckets')
  return { ...counts, prunedBuckets, folded: section[foldedIndex] === 1, loss }
}

function bad(why: string): CompiledModelError {
  return new CompiledModelError('bad_metadata', why)
}
