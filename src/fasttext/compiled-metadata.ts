import { CompiledModelError } from './errors.ts'
import { LOSSES, type Loss } from './model-description.ts'

/** What a predictor needs to know of a model besides its tables; `maxn` 0 means no subwords. */
export type PredictorDescription = {
  readonly dim: number
  readonly nWords: number
  readonly nLabels: number
  readonly wordNgrams: number
  readonly minn: number
  readonly maxn: number
  readonly bucket: number
  readonly loss: Loss
}

/** Whether the output matrix is folded into the input rows: where that makes them shorter. */
export function isFolded({ nLabels, dim }: Pick<PredictorDescription, 'nLabels' | 'dim'>): boolean {
  return nLabels < dim
}

const NUMBERS = ['dim', 'nWords', 'nLabels', 'wordNgrams', 'minn', 'maxn', 'bucket'] as const
const SERVED_LOSSES: readonly Loss[] = ['softmax']

/** The size of the metadata section: one int32 for each number, then the loss as the model file numbers it. */
export const METADATA_BYTES = (NUMBERS.length + 1) * 4

export function encodeMetadata(description: PredictorDescription): Uint8Array {
  const numbers = [...NUMBERS.map((name) => description[name]), LOSSES.indexOf(description.loss) + 1]
  return new Uint8Array(Int32Array.from(numbers).buffer)
}

/** Reads the metadata section; throws CompiledModelError where a number is impossible. */
export function decodeMetadata(section: Int32Array): PredictorDescription {
  const numbers = Object.fromEntries(NUMBERS.map((name, i) => [name, section[i] as number])) as Record<
    (typeof NUMBERS)[number],
    number
  >
  const loss = LOSSES[(section[NUMBERS.length] as number) - 1]
  if (loss === undefined || !SERVED_LOSSES.includes(loss)) {
    throw new CompiledModelError('bad_metadata', `its loss (${loss ?? 'unknown'}) is not served`)
  }
  const negative = NUMBERS.find((name) => numbers[name] < 0)
  if (negative !== undefined) throw new CompiledModelError('bad_metadata', `its ${negative} is negative`)
  const { dim, nLabels, bucket, wordNgrams, maxn } = numbers
  if (dim === 0 || nLabels === 0)
    throw new CompiledModelError('bad_metadata', 'it has no labels or dimensions')
  if (bucket === 0 && (wordNgrams > 1 || maxn > 0)) {
    throw new CompiledModelError('bad_metadata', 'it uses n-grams but has no buckets')
  }
  return { ...numbers, loss }
}
