/** fastText models: reads the file, compiles it into a form that is served in place, predicts. No I/O. */
export type { ByteSink, ByteSource } from './byte-io.ts'
export {
  type CompileOptions,
  type CompileSummary,
  compileModel,
  planCompiled,
} from './compiled/compile-model.ts'
export { countOutputs, type PredictorDescription } from './compiled/metadata.ts'
export { ModelFileError, type ModelFileErrorCode } from './errors.ts'
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
export { openCompiled } from './compiled/open-compiled.ts'
export type { Prediction, Predictor } from './predict/predictor.ts'
export { checkWhole, readModel } from './file/read-model.ts'
export { createLabelTest, type LabelTest, partLine, splitLabels } from './split-labels.ts'
