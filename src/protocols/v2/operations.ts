import { Type } from '#typebox'

import type { Operation } from '../../openapi/index.ts'
import { modelParameters, protocolErrors, success } from '../document.ts'
import type { Served } from '../protocol.ts'

const tag = 'Open Inference Protocol (V2)'

const Tensor = { name: Type.String(), datatype: Type.String(), shape: Type.Array(Type.Integer()) }

const Server = Type.Object({
  name: Type.String(),
  version: Type.String(),
  extensions: Type.Array(Type.String()),
})

const Model = Type.Object(
  {
    name: Type.String(),
    versions: Type.Array(Type.String()),
    platform: Type.String(),
    inputs: Type.Array(Type.Object(Tensor)),
    outputs: Type.Array(Type.Object(Tensor)),
  },
  { $id: 'ModelMetadata' },
)

const Ready = Type.Object({ name: Type.String(), ready: Type.Boolean() }, { $id: 'ModelReady' })

const InferRequest = Type.Object(
  {
    id: Type.Optional(Type.String()),
    parameters: Type.Optional(
      Type.Object({
        k: Type.Optional(
          Type.Union([Type.Integer({ minimum: 1 }), Type.Literal(-1)], {
            default: 1,
            description: 'How many labels; -1: all.',
          }),
        ),
        threshold: Type.Optional(
          Type.Number({ default: 0, description: 'The least probability of a label.' }),
        ),
        binary_data_output: Type.Optional(Type.Boolean()),
      }),
    ),
    inputs: Type.Array(
      Type.Object({
        name: Type.Literal('text'),
        datatype: Type.Literal('BYTES'),
        shape: Type.Array(Type.Integer({ minimum: 0 }), {
          minItems: 1,
          maxItems: 2,
          description: '[n] or [n, 1], for n texts.',
        }),
        parameters: Type.Optional(
          Type.Object({
            content_type: Type.Optional(Type.Enum(['str', 'base64'])),
            binary_data_size: Type.Optional(Type.Integer({ minimum: 0 })),
          }),
        ),
        data: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Array(Type.String())]))),
      }),
      { minItems: 1, maxItems: 1 },
    ),
    outputs: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.Enum(['labels', 'probabilities']),
          parameters: Type.Optional(Type.Object({ binary_data: Type.Optional(Type.Boolean()) })),
        }),
      ),
    ),
  },
  { $id: 'InferRequest' },
)

const InferResponse = Type.Object(
  {
    model_name: Type.String(),
    model_version: Type.String(),
    id: Type.Optional(Type.String()),
    outputs: Type.Array(
      Type.Object({
        ...Tensor,
        data: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number()]))),
        parameters: Type.Optional(Type.Object({ binary_data_size: Type.Integer() })),
      }),
    ),
  },
  { $id: 'InferResponse' },
)

const Index = Type.Array(
  Type.Object({
    name: Type.String(),
    version: Type.Optional(Type.String()),
    state: Type.String(),
    reason: Type.String(),
  }),
)

export const server: Operation = {
  method: 'GET',
  path: '/v2',
  tag,
  summary: 'What the server is',
  parameters: [],
  answers: [success('The server.', Server), ...protocolErrors(500, 503)],
  problems: [502],
}

export const index: Operation = {
  method: 'POST',
  path: '/v2/repository/index',
  tag,
  summary: 'Which models are served',
  parameters: [],
  answers: [success('The models.', Index), ...protocolErrors(400, 413, 415, 500, 503)],
  problems: [],
}

export function describeModel(path: string, served: Served): Operation {
  return {
    method: 'GET',
    path,
    tag,
    summary: 'What a model takes and gives',
    parameters: modelParameters(path, served),
    answers: [success('The model.', Model), ...protocolErrors(400, 404, 500, 503)],
    problems: [502],
  }
}

export function describeReady(path: string, served: Served): Operation {
  return {
    method: 'GET',
    path,
    tag,
    summary: 'Whether a model serves',
    parameters: modelParameters(path, served),
    answers: [success('It serves.', Ready), ...protocolErrors(400, 404, 500, 503)],
    problems: [502],
  }
}

export function describeInfer(path: string, served: Served): Operation {
  return {
    method: 'POST',
    path,
    tag,
    summary: 'The labels of texts',
    description:
      'The outputs are labels (BYTES) and probabilities (FP32), each of the shape [n, k]; what a text has fewer of is filled with "" and 0. Tensors may be binary, in the request and in the answer, as KServe’s binary tensor data extension has it: the JSON first, as many bytes as the header Inference-Header-Content-Length says, and after it the tensors.',
    parameters: [
      ...modelParameters(path, served),
      {
        name: 'Inference-Header-Content-Length',
        in: 'header',
        isRequired: false,
        schema: Type.Integer({ minimum: 0 }),
        description: 'The bytes of the JSON, if binary tensors follow it.',
      },
    ],
    body: {
      schema: InferRequest,
      examples: [{ inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: ['您贵姓'] }] }],
    },
    answers: [
      {
        ...success('The outputs.', InferResponse),
        content: { 'application/json': InferResponse, 'application/octet-stream': {} },
      },
      ...protocolErrors(400, 404, 413, 415, 500, 503),
    ],
    problems: [],
  }
}

const LoadRequest = Type.Object(
  {
    parameters: Type.Optional(
      Type.Object(
        { version: Type.Optional(Type.Union([Type.String(), Type.Integer()])) },
        { additionalProperties: false },
      ),
    ),
  },
  { $id: 'LoadRequest' },
)

const Loaded = Type.Object(
  { name: Type.String(), version: Type.Optional(Type.String()) },
  { $id: 'LoadedModel' },
)

const controls = {
  load: {
    summary: 'Serves a version of a model',
    description: 'A load is a deploy, and is answered when that has ended.',
    request: LoadRequest,
  },
  unload: {
    summary: 'Stops serving a model',
    description: 'The model is answered with 404 until it is loaded again.',
    request: Type.Object({}),
  },
} as const

/** What the gateway answers if `gateway.modelControl` is set, and refuses if not. */
export function describeControl(path: string, action: keyof typeof controls, served: Served): Operation {
  const { summary, description, request } = controls[action]
  return {
    method: 'POST',
    path,
    tag,
    summary,
    description: `${description} Only if the gateway’s \`modelControl\` is set, and not from a page: otherwise it is refused with 403.`,
    parameters: [
      {
        ...{ name: 'model', in: 'path', isRequired: true, schema: { type: 'string', minLength: 1 } },
        description: 'The name of a model, which need not be served yet.',
        example: served[0]?.model,
      },
    ],
    body: { schema: request, isOptional: true },
    answers: [
      success('It has been done.', Loaded),
      ...protocolErrors(400, 403, 404, 409, 413, 415, 422, 500, 503, 504),
    ],
    problems: [502],
  }
}
