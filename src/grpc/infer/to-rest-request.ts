import { ChangeoverError } from '../../contracts/index.ts'
import { modelPath } from '../model-path.ts'
import type { InferRequest, InputTensor } from './infer-request.ts'

/** An inference as V2 over REST has it with binary tensors: JSON, and the tensors after it. */
export type RestInfer = { readonly url: string; readonly headLength: number; readonly body: Buffer }

/** The same inference over REST. Throws `bad_body` if tensors are given twice, or not at all. */
export function toRestRequest(request: InferRequest): RestInfer {
  const { model, version, id, inputs, outputs } = request
  const tensors = findTensors(request)
  const head = {
    ...(id === '' ? {} : { id }),
    parameters: { ...request.parameters, binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape, parameters }, i) => ({
      name,
      datatype,
      shape,
      parameters: { ...parameters, binary_data_size: tensors[i]?.length ?? 0 },
    })),
    ...(outputs.length === 0 ? {} : { outputs: outputs.map((name) => ({ name })) }),
  }
  const json = Buffer.from(JSON.stringify(head))
  return {
    url: `${modelPath(model, version)}/infer`,
    headLength: json.length,
    body: Buffer.concat([json, ...tensors]),
  }
}

/** The tensor of each input in its binary form. */
function findTensors({ inputs, raw }: InferRequest): readonly Buffer[] {
  if (raw.length === 0) return inputs.map(tensorOf)
  const given = inputs.find(({ contents }) => contents !== undefined)
  if (given !== undefined)
    throw bad(
      `the input ${given.name} has contents, and the request has raw_input_contents; send one of them`,
    )
  if (raw.length === inputs.length) return raw
  throw bad(`there are ${inputs.length} inputs and ${raw.length} raw_input_contents; send one for each input`)
}

/** Throws `bad_body` for contents of another type than the input's: no number is read as text. */
function tensorOf({ name, contents }: InputTensor): Buffer {
  if (contents === undefined)
    throw bad(`the input ${name} has no tensor; send it in raw_input_contents, or in its contents`)
  if (contents.otherField !== undefined)
    throw bad(
      `the input ${name} has ${contents.otherField}; texts are BYTES, in bytes_contents or raw_input_contents`,
    )
  return contents.elements
}

function bad(message: string): ChangeoverError {
  return new ChangeoverError('bad_body', message)
}
