import { type Static, Type } from '#typebox'
import { Compile } from '#typebox/compile'

import { ChangeoverError } from '../../contracts/index.ts'
import { decodeText, parseJson } from '../decode-text.ts'
import type { Work } from '../protocol.ts'

/** A text: itself, in the form that TensorFlow Serving has for bytes, or under the name of the model's input. */
const Bytes = Type.Object({ b64: Type.String() })
const Text = Type.Union([Type.String(), Bytes])
const Instance = Type.Union([Text, Type.Object({ text: Text })])
const Parameters = Type.Optional(
  Type.Object({
    k: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Literal(-1)])),
    threshold: Type.Optional(Type.Number()),
    labels: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    limit: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
)
export const RowRequest = Type.Object({ instances: Type.Array(Instance), parameters: Parameters })
export const ColumnRequest = Type.Object({
  inputs: Type.Union([Type.Array(Text), Text, Type.Object({ text: Type.Union([Type.Array(Text), Text]) })]),
  parameters: Parameters,
})
const rowRequest = Compile(RowRequest)
const columnRequest = Compile(ColumnRequest)

export type InstancesRequest = {
  readonly texts: readonly string[]
  /** Whether the request names its inputs by columns (`inputs`) instead of by rows (`instances`), and so is answered. */
  readonly isColumnar: boolean
  readonly parameters: NonNullable<Static<typeof Parameters>>
}

/** Reads the body of `:predict` and `:explain` (TensorFlow Serving's REST API); may be paused. Throws `bad_json`, `bad_utf8` and `bad_body`. */
export function* readInstances(body: Buffer): Work<InstancesRequest> {
  const value = yield* parseJson(body)
  if (rowRequest.Check(value)) {
    const { instances, parameters = {} } = value
    const texts = instances.map((one) => readText(typeof one === 'object' && 'text' in one ? one.text : one))
    return { texts, isColumnar: false, parameters }
  }
  if (columnRequest.Check(value)) {
    const { inputs, parameters = {} } = value
    const column = typeof inputs === 'object' && 'text' in inputs ? inputs.text : inputs
    return { texts: [column].flat().map(readText), isColumnar: true, parameters }
  }
  const isColumnar = typeof value === 'object' && value !== null && 'inputs' in value
  const [first] = (isColumnar ? columnRequest : rowRequest).Errors(value)
  throw new ChangeoverError(
    'bad_body',
    `the request at ${first?.instancePath || '/'} ${first?.message ?? 'is not known'}; send {"instances": ["a text", …]}`,
  )
}

function readText(text: Static<typeof Text>): string {
  return typeof text === 'string' ? text : decodeText(Buffer.from(text.b64, 'base64'), 'a text in b64')
}
