import type { Static } from '#typebox'
import Type from '#typebox'

import { PathType } from './path.ts'

const Golden = Type.Object(
  {
    file: PathType({ description: 'Labelled lines as fastText has them; their texts may be raw.' }),
    minAccuracy: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'The least share of the lines that a version must answer rightly.',
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
      description: 'A file that takes longer to be published, or a version to be tried, has failed.',
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
          description:
            'The share of recorded texts that may be answered otherwise than by the active version.',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    cost: Type.Object(
      {
        maxSlowdown: Type.Number({
          minimum: 1,
          default: 10,
          description: 'How many times as long as with the active version a prediction may take.',
        }),
        maxMicroseconds: Type.Optional(
          Type.Number({ exclusiveMinimum: 0, description: 'How long a prediction may take.' }),
        ),
        maxMemoryBytes: Type.Optional(
          Type.Integer({ minimum: 1, description: 'How large a compiled version may be.' }),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
  },
  { additionalProperties: false, default: {} },
)
export type ModelGates = Static<typeof Gates>

/** The schema of how the texts that a model is asked are recorded. */
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
      description: 'How large a worker’s record may grow; the oldest half makes room.',
    }),
  },
  { additionalProperties: false },
)
export type Recording = Static<typeof Recording>
