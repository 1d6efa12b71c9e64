import { Type } from '#typebox'
import { Compile } from '#typebox/compile'

import { ChangeoverError } from '../../contracts/index.ts'
import type { HeaderBlock } from '../../http/index.ts'
import { findHeader } from '../../http/index.ts'
import type { ModelInferResponse } from './infer-response.ts'

const head = Compile(
  Type.Object({
    model_name: Type.String(),
    model_version: Type.String(),
    id: Type.Optional(Type.String()),
    outputs: Type.Array(
      Type.Object({
        name: Type.String(),
        datatype: Type.String(),
        shape: Type.Array(Type.Number()),
        parameters: Type.Object({ binary_data_size: Type.Integer({ minimum: 0 }) }),
      }),
    ),
  }),
)

/**
 * The message for an answer of V2 over REST with binary tensors. Throws `service_failed` if it is another: then a route of the
 * service has the path.
 */
export function toResponse(headers: HeaderBlock, body: Buffer): ModelInferResponse {
  const length = Number(findHeader(headers, 'inference-header-content-length'))
  const value: unknown = Number.isInteger(length) ? JSON.parse(body.toString('utf8', 0, length)) : undefined
  if (!head.Check(value))
    throw new ChangeoverError(
      'service_failed',
      'a route of the service has this model’s path, and does not answer with binary tensors of version 2; ask it over HTTP',
    )
  let at = length
  const raw = value.outputs.map(({ parameters }) => body.subarray(at, (at += parameters.binary_data_size)))
  return {
    model_name: value.model_name,
    model_version: value.model_version,
    id: value.id ?? '',
    outputs: value.outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    raw_output_contents: raw,
  }
}
