import { ChangeoverError } from '../../contracts/index.ts'
import { modelPath } from '../model-path.ts'
import type { InputTensor, ModelInferRequest, Parameters } from './infer-messages.ts'

const lengthBytes = 4

/** An inference as V2 over REST has it with binary tensors: JSON, and the tensors after it. */
export type RestInfer = { readonly url: string; readonly headLength: number; readonly body: Buffer }

/**
 * The same inference over REST. The client's message need not be kept: its many small parts take more memory than its bytes.
 * Throws `bad_body` if tensors are given twice, or not at all.
 */
export function toRestRequest(request: ModelInferRequest): RestInfer {
  const { model_name: model, model_version: version, id, inputs, outputs } = request
  const tensors = readTensors(request)
  const head = {
    ...(id === '' ? {} : { id }),
    parameters: { ...readParameters(request.parameters), binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape, parameters }, i) => ({
      name,
      datatype,
      shape,
      parameters: { ...readParameters(parameters), binary_data_size: tensors[i]?.length ?? 0 },
    })),
    ...(outputs.length === 0 ? {} : { outputs: outputs.map(({ name }) => ({ name })) }),
  }
  const json = Buffer.from(JSON.stringify(head))
  return {
    url: `${modelPath(model, version)}/infer`,
    headLength: json.length,
    body: Buffer.concat([json, ...tensors]),
  }
}

/** The tensor of each input in its binary form. */
function readTensors({ inputs, raw_input_contents: raw }: ModelInferRequest): readonly Buffer[] {
  if (raw.length === 0) return inputs.map(encodeContents)
  const given = inputs.find(({ contents }) => contents !== null)
  if (given !== undefined)
    throw bad(
      `the input ${given.name} has contents, and the request has raw_input_contents; send one of them`,
    )
  if (raw.length === inputs.length) return raw
  throw bad(`there are ${inputs.length} inputs and ${raw.length} raw_input_contents; send one for each input`)
}

/** Throws `bad_body` for contents of another type than the input's: no number is read as text. */
function encodeContents({ name, contents }: InputTensor): Buffer {
  if (contents === null)
    throw bad(`the input ${name} has no tensor; send it in raw_input_contents, or in its contents`)
  const { bytes_contents: elements, ...others } = contents
  const other = Object.entries(others).find(([, values]) => values.length > 0)
  if (other !== undefined)
    throw bad(`the input ${name} has ${other[0]}; texts are BYTES, in bytes_contents or raw_input_contents`)
  const bytes = Buffer.allocUnsafe(elements.reduce((sum, { length }) => sum + lengthBytes + length, 0))
  let at = 0
  for (const element of elements) {
    at = bytes.writeUInt32LE(element.length, at)
    at += element.copy(bytes, at)
  }
  return bytes
}

function readParameters(parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, parameter]) => {
      const { parameter_choice: choice } = parameter
      return choice === undefined ? [] : [[name, parameter[choice]]]
    }),
  )
}

function bad(message: string): ChangeoverError {
  return new ChangeoverError('bad_body', message)
}
