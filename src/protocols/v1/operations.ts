import { Type } from '#typebox'

import type { Operation } from '../../openapi/index.ts'
import { modelParameters, protocolErrors, success } from '../document.ts'
import type { Served } from '../protocol.ts'
import { ColumnRequest, RowRequest } from './read-instances.ts'

const tag = 'TensorFlow Serving’s REST'

const Texts = Type.Unsafe({ ...Type.Union([RowRequest, ColumnRequest]), $id: 'Texts' })

const Labels = Type.Array(Type.String())
const Probabilities = Type.Array(Type.Number())

const Predictions = Type.Union(
  [
    Type.Object({ predictions: Type.Array(Type.Object({ labels: Labels, probabilities: Probabilities })) }),
    Type.Object({
      outputs: Type.Object({ labels: Type.Array(Labels), probabilities: Type.Array(Probabilities) }),
    }),
  ],
  { $id: 'Predictions' },
)

const scoreProperties = {
  score: Type.Number({ description: 'Before the loss: the sum of the contributions and the rest.' }),
  contributions: Type.Array(
    Type.Object({
      kind: Type.String(),
      text: Type.String(),
      count: Type.Integer(),
      score: Type.Number(),
      sharedWith: Type.Optional(Type.Array(Type.String())),
    }),
  ),
  rest: Type.Optional(Type.Object({ count: Type.Integer(), score: Type.Number() })),
}

const Explanations = Type.Object(
  {
    explanations: Type.Array(
      Type.Array(
        Type.Union([
          Type.Object({ label: Type.String(), probability: Type.Number(), ...scoreProperties }),
          Type.Object({
            label: Type.String(),
            probability: Type.Number(),
            path: Type.Array(
              Type.Object({
                node: Type.Integer(),
                branch: Type.Enum(['left', 'right']),
                probability: Type.Number(),
                ...scoreProperties,
              }),
            ),
          }),
        ]),
      ),
    ),
  },
  { $id: 'Explanations' },
)

const Status = Type.Object(
  {
    name: Type.String(),
    ready: Type.Boolean(),
    model_version_status: Type.Array(
      Type.Object({
        version: Type.String(),
        state: Type.String(),
        status: Type.Object({ error_code: Type.String(), error_message: Type.String() }),
      }),
    ),
  },
  { $id: 'ModelStatus' },
)

const example = { instances: ['您贵姓'] }

export function describeStatus(path: string, served: Served): Operation {
  return {
    method: 'GET',
    path,
    tag,
    summary: 'Which version of a model serves',
    parameters: modelParameters(path, served),
    answers: [success('The version.', Status), ...protocolErrors(400, 404, 500, 503)],
    problems: [502],
  }
}

export function describePredict(path: string, served: Served): Operation {
  return {
    method: 'POST',
    path: `${path}:predict`,
    tag,
    summary: 'The labels of texts',
    description: '`instances` are answered with `predictions`, `inputs` with `outputs`.',
    parameters: modelParameters(path, served),
    body: { schema: Texts, examples: [example, { instances: ['您贵姓'], parameters: { k: 2 } }] },
    answers: [
      success('Of each text its best labels.', Predictions),
      ...protocolErrors(400, 404, 413, 415, 500, 503),
    ],
    problems: [],
  }
}

export function describeExplain(path: string, served: Served): Operation {
  return {
    method: 'POST',
    path: `${path}:explain`,
    tag: 'Explain',
    summary: 'Why texts have their labels',
    description:
      'What each word, word pair and subword of a text adds to the score of a label, the largest first. With the loss hs: on each node of the way to the label.',
    parameters: modelParameters(path, served),
    body: { schema: Texts, examples: [{ ...example, parameters: { limit: 5 } }] },
    answers: [
      success('Of each text the explanations of its labels.', Explanations),
      ...protocolErrors(400, 404, 413, 415, 500, 503),
    ],
    problems: [],
  }
}
