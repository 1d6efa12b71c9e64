import type { Static } from '#typebox'
import Type from '#typebox'

import { pathString } from './path.ts'

const Golden = Type.Object(
  {
    file: pathString({
      description: 'Labelled lines in fastText’s format; the texts need not be tokenized.',
    }),
    minAccuracy: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'The minimum share of the lines that a version must answer correctly.',
    }),
    margin: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.02,
      description: 'The share of a label’s lines by which it may be worse than the active version.',
    }),
  },
  { additionalProperties: false },
)

/** The schema of what a model's versions must pass before they serve. */
export const Gates = Type.Object(
  {
    timeoutMs: Type.Integer({
      minimum: 1,
      default: 300_000,
      description: 'Publishing a file, or trying a version, has failed if it takes longer.',
    }),
    contract: Type.Object(
      {
        labels: Type.Array(Type.String(), {
          default: [],
          description: 'The labels that services rely on, with their prefix.',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    golden: Type.Optional(Golden),
    agreement: Type.Object(
      {
        maxChanged: Type.Number({
          minimum: 0,
          maximum: 1,
          default: 0.2,
          description: 'The share of recorded texts whose answer may differ from the active version’s.',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    cost: Type.Object(
      {
        maxSlowdown: Type.Number({
          minimum: 1,
          default: 10,
          description: 'How many times as long a prediction may take as with the active version.',
        }),
        maxMicroseconds: Type.Optional(
          Type.Number({ exclusiveMinimum: 0, description: 'How long a prediction may take.' }),
        ),
        maxMemoryBytes: Type.Optional(
          Type.Integer({ minimum: 1, description: 'Maximum size of a compiled version.' }),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
  },
  { additionalProperties: false, default: {} },
)
export type ModelGates = Static<typeof Gates>

/** The schema of how the texts that are sent to a model are recorded. */
export const Recording = Type.Object(
  {
    share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.1,
      description: 'The share of the texts that is kept.',
    }),
    maxSizeBytes: Type.Integer({
      minimum: 4_096,
      default: 8 << 20,
      description: 'Maximum size of a worker’s record; beyond it the oldest half is deleted.',
    }),
  },
  { additionalProperties: false },
)
export type Recording = Static<typeof Recording>
