import type { ProtocolAnswer, Work } from '../protocol.ts'
import { jsonTextAnswer } from '../protocol.ts'
import { writeList, writeShortList } from '../write-list.ts'
import type { InferRequest, OutputName } from './read-infer-request.ts'
import { encodeBytesTensor, encodeFloats } from './tensor-bytes.ts'

export type Inferred = {
  readonly model: string
  readonly version: string
  readonly request: Pick<InferRequest, 'id' | 'outputs'>
  /** How many texts there were, and labels for each: what a text has fewer of is filled with `""` and 0. */
  readonly shape: readonly [rows: number, columns: number]
  /** Row by row. */
  readonly labels: readonly string[]
  readonly probabilities: readonly number[]
}

const datatypes: Readonly<Record<OutputName, string>> = { labels: 'BYTES', probabilities: 'FP32' }

/** The answer to an inference request: JSON, and after it the tensors that are wanted in their binary form. */
export function* writeInferAnswer(inferred: Inferred): Work<ProtocolAnswer> {
  const { model, version, request, shape } = inferred
  const [rows, columns] = shape
  const binary: Buffer[] = []
  const id = request.id === undefined ? '' : `"id":${JSON.stringify(request.id)},`
  let json = `{"model_name":${JSON.stringify(model)},"model_version":${JSON.stringify(version)},${id}"outputs":[`
  for (const wanted of request.outputs) {
    if (!json.endsWith('[')) json += ','
    const list = inferred[wanted.name]
    json += `{"name":"${wanted.name}","datatype":"${datatypes[wanted.name]}","shape":[${rows},${columns}],`
    if (wanted.isBinary) {
      const tensor =
        wanted.name === 'labels' ? encodeBytesTensor(inferred.labels) : encodeFloats(inferred.probabilities)
      binary.push(tensor)
      json += `"parameters":{"binary_data_size":${tensor.length}}}`
    } else {
      json += `"data":${writeShortList(list) ?? (yield* writeList(list))}}`
    }
  }
  json += ']}'
  if (binary.length === 0) return jsonTextAnswer(json)
  const head = Buffer.from(json)
  return {
    status: 200,
    headers: [
      ...['content-type', 'application/octet-stream'],
      ...['inference-header-content-length', String(head.length)],
    ],
    body: Buffer.concat([head, ...binary]),
  }
}
