/** fastText models: reads the file, compiles it into a form that is served in place, predicts. No I/O. */
export type { ByteSink, ByteSource } from './byte-io.ts'
export {
  compileModel,
  type CompileOptions,
  type CompileSummary,
  planCompiled,
} from './compiled/compile-model.ts'
export { countOutputs, type PredictorDescription } from './compiled/metadata.ts'
export { openCompiled } from './compiled/open-compiled.ts'
export { ModelFileError, type ModelFileErrorCode, PredictionError } from './errors.ts'
export type {
  Contribution,
  ExplainedNode,
  ExplainedScore,
  ExplainOptions,
  Explanation,
} from './explain/explain.ts'
export { explainChange, type FeatureShift } from './explain/explain-change.ts'
export { checkWhole, readModel } from './file/read-model.ts'
export {
  type DenseMatrix,
  type EntryCount,
  type Loss,
  type Matrix,
  type ModelArguments,
  type ModelDescription,
  type ModelKind,
  type QuantizedMatrix,
} from './model-description.ts'
export type { Prediction, Predictor, TextFacts } from './predict/predictor.ts'
export { createLabelTest, type LabelTest, partLine, splitLabels } from './split-labels.ts'
