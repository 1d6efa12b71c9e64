/** What the four losses of fastText are called on its command line. */
export const losses = ['hs', 'ns', 'softmax', 'ova'] as const
export type Loss = (typeof losses)[number]

/** The three kinds of model, as the command line calls them. */
export const modelKinds = ['cbow', 'sg', 'supervised'] as const
export type ModelKind = (typeof modelKinds)[number]

/** The training arguments that a model file records. `maxn` is 0 for supervised version 11 files. */
export type ModelArguments = {
  readonly dim: number
  readonly ws: number
  readonly epoch: number
  readonly minCount: number
  readonly neg: number
  readonly wordNgrams: number
  readonly loss: Loss
  readonly model: ModelKind
  readonly bucket: number
  readonly minn: number
  readonly maxn: number
  readonly lrUpdateRate: number
  readonly t: number
}

/** A word or a label with its prefix, and how often the training data had it. */
export type EntryCount = { readonly text: string; readonly count: number }

/** A float32 matrix in the file, row after row from byte `offset` on. */
export type DenseMatrix = {
  readonly kind: 'dense'
  readonly rows: number
  readonly columns: number
  readonly offset: number
  readonly sizeBytes: number
}

/**
 * A product-quantised matrix (Jégou et al. 2011) in the file: a row has a code for each `subspaceSize` columns
 * (the last may have fewer), and each code names one of 256 float32 centroids of its columns. Where
 * `normCodesOffset` is given, rows were divided by their norms, which have a code each and 256 centroids.
 */
export type QuantizedMatrix = {
  readonly kind: 'quantized'
  readonly rows: number
  readonly columns: number
  /** Where its codes begin. */
  readonly offset: number
  readonly sizeBytes: number
  readonly subspaceSize: number
  readonly codesPerRow: number
  readonly centroidsOffset: number
  readonly normCodesOffset: number | undefined
  readonly normCentroidsOffset: number | undefined
}

export type Matrix = DenseMatrix | QuantizedMatrix

/** The content of a model file, without the numbers of its matrices; `version` is the file format's. */
export type ModelDescription = {
  readonly sizeBytes: number
  readonly version: number
  readonly args: ModelArguments
  readonly nWords: number
  readonly nLabels: number
  readonly nTokens: number
  readonly pruned: boolean
  readonly prunedBuckets: number
  readonly labels: readonly EntryCount[]
  /** The first words of the dictionary: the most frequent. */
  readonly firstWords: readonly EntryCount[]
  readonly input: Matrix
  readonly output: Matrix
}
