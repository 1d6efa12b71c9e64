import type { Prediction } from '../../engine/fasttext/index.ts'
import type { ProtocolAnswer } from '../protocol.ts'
import { jsonAnswer } from '../protocol.ts'
import type { InferRequest, WantedOutput } from './read-infer-request.ts'
import { encodeBytesTensor, encodeFloats } from './tensor-bytes.ts'

export type Inferred = {
  readonly model: string
  readonly version: string
  readonly request: InferRequest
  /** Of each text. */
  readonly predictions: readonly (readonly Prediction[])[]
  /** Columns of each output: what a text has fewer of is filled with `""` and 0. */
  readonly columns: number
}

type Output = { readonly head: object; readonly binary: Buffer | undefined }

/** The answer to an inference request: JSON, and after it the tensors that are wanted in their binary form. */
export function writeInferAnswer(inferred: Inferred): ProtocolAnswer {
  const { model, version, request } = inferred
  const outputs = request.outputs.map((wanted) => writeOutput(inferred, wanted))
  const head = {
    model_name: model,
    model_version: version,
    ...(request.id === undefined ? {} : { id: request.id }),
    outputs: outputs.map((output) => output.head),
  }
  const binary = outputs.flatMap((output) => output.binary ?? [])
  if (binary.length === 0) return jsonAnswer(head)
  const json = Buffer.from(JSON.stringify(head))
  return {
    status: 200,
    headers: [
      ...['content-type', 'application/octet-stream'],
      ...['inference-header-content-length', String(json.length)],
    ],
    body: Buffer.concat([json, ...binary]),
  }
}

function writeOutput(inferred: Inferred, { name, isBinary }: WantedOutput): Output {
  const { predictions, columns } = inferred
  const datatype = name === 'labels' ? 'BYTES' : 'FP32'
  const shape = [predictions.length, columns]
  const data = name === 'labels' ? labelsOf(inferred) : probabilitiesOf(inferred)
  if (!isBinary)
    return { head: { name, datatype, shape, data: Array.from<string | number>(data) }, binary: undefined }
  const binary = data instanceof Float32Array ? encodeFloats(data) : encodeBytesTensor(data)
  return { head: { name, datatype, shape, parameters: { binary_data_size: binary.length } }, binary }
}

function labelsOf({ predictions, columns }: Inferred): string[] {
  const labels = new Array<string>(predictions.length * columns).fill('')
  predictions.forEach((row, i) => row.forEach(({ label }, j) => (labels[i * columns + j] = label)))
  return labels
}

function probabilitiesOf({ predictions, columns }: Inferred): Float32Array {
  const probabilities = new Float32Array(predictions.length * columns)
  predictions.forEach((row, i) =>
    row.forEach(({ probability }, j) => (probabilities[i * columns + j] = probability)),
  )
  return probabilities
}
