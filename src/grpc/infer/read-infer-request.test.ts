import type { ServiceDefinition } from '@grpc/grpc-js'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { findService, loadDefinitions } from '../services/definitions.ts'
import { readInferRequest } from './read-infer-request.ts'

const method = findService(loadDefinitions(), 'inference.GRPCInferenceService')[
  'ModelInfer'
] as ServiceDefinition[string]

const encode = (request: object): Buffer => method.requestSerialize({ model_name: 'm', ...request })

const text = fc.string({ unit: 'grapheme', maxLength: 5 })
const number = fc.oneof(fc.integer(), fc.constantFrom(-1, 0, 2 ** 40, -(2 ** 53) + 1, 2 ** 53 - 1))
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const parameter = fc.oneof(
  fc.constant({}),
  fc.record({ bool_param: fc.boolean() }),
  fc.record({ int64_param: number }),
  fc.record({ string_param: text }),
  fc.record({ double_param: fc.double() }),
  fc.record({ uint64_param: fc.nat() }),
)
const parameters = fc.dictionary(text, parameter, { maxKeys: 3 })
const contents = fc.oneof(
  fc.record({ bytes_contents: fc.array(bytes, { maxLength: 5 }) }),
  fc.record({ int_contents: fc.array(fc.integer(), { maxLength: 2 }) }),
  fc.record({ fp64_contents: fc.array(fc.double(), { maxLength: 2 }), bytes_contents: fc.array(bytes) }),
)
const request = fc.record({
  model_name: text,
  model_version: text,
  id: text,
  parameters,
  inputs: fc.array(
    fc.record({
      name: text,
      datatype: text,
      shape: fc.array(number, { maxLength: 4 }),
      parameters,
      contents: fc.option(contents),
    }),
    { maxLength: 3 },
  ),
  outputs: fc.array(fc.record({ name: text, parameters }), { maxLength: 3 }),
  raw_input_contents: fc.array(bytes, { maxLength: 3 }),
})

/** What the loader makes of a message. */
type Loaded = {
  readonly model_name: string
  readonly model_version: string
  readonly id: string
  readonly parameters: LoadedParameters
  readonly inputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly number[]
    readonly parameters: LoadedParameters
    readonly contents: Readonly<Record<string, readonly unknown[]>> | null
  }[]
  readonly outputs: readonly { readonly name: string }[]
  readonly raw_input_contents: readonly Buffer[]
}
type LoadedParameters = Readonly<Record<string, Readonly<Record<string, unknown>>>>

const valuesOf = (loaded: LoadedParameters): object =>
  Object.fromEntries(
    Object.entries(loaded).flatMap(([name, value]) =>
      typeof value['parameter_choice'] === 'string' ? [[name, value[value['parameter_choice']]]] : [],
    ),
  )

const contentsOf = (loaded: NonNullable<Loaded['inputs'][number]['contents']>): object => ({
  elements: Buffer.concat(
    (loaded['bytes_contents'] as readonly Buffer[]).flatMap((element) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(element.length)
      return [length, element]
    }),
  ),
  otherField: Object.keys(loaded).find(
    (name) => name !== 'bytes_contents' && (loaded[name]?.length ?? 0) > 0,
  ),
})

test('whatever is sent is read as the library reads it', () => {
  fc.assert(
    fc.property(request, (sent) => {
      const message = encode(sent)
      const loaded = method.requestDeserialize(message) as Loaded
      expect(readInferRequest(message)).toEqual({
        model: loaded.model_name,
        version: loaded.model_version,
        id: loaded.id,
        parameters: valuesOf(loaded.parameters),
        inputs: loaded.inputs.map((input) => ({
          name: input.name,
          datatype: input.datatype,
          shape: input.shape,
          parameters: valuesOf(input.parameters),
          contents: input.contents === null ? undefined : contentsOf(input.contents),
        })),
        outputs: loaded.outputs.map(({ name }) => name),
        raw: loaded.raw_input_contents,
      })
    }),
  )
})

test('numbers of a shape that are not packed are read too, and fields that are not known are skipped', () => {
  const input = Buffer.from([0x18, 2, 0x18, 1, 0x78, 5])
  const message = Buffer.concat([Buffer.from([0x2a, input.length]), input, Buffer.from([0x7a, 1, 0])])
  expect(readInferRequest(message).inputs).toMatchObject([{ shape: [2, 1] }])
})

test.each([
  ['inputs', { inputs: Array(101).fill({}) }],
  ['outputs', { outputs: Array(101).fill({}) }],
  ['raw_input_contents', { raw_input_contents: Array(101).fill(Buffer.alloc(0)) }],
  ['dimensions', { inputs: [{ shape: Array(101).fill(1) }] }],
  [
    'parameters',
    {
      parameters: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [String(i), { int64_param: 1 }])),
    },
  ],
])('over 100 %s are refused', (what, sent) => {
  expect(() => readInferRequest(encode(sent))).toThrow(`over 100 ${what}`)
})

test('an entry of a map without a value is none', () => {
  const message = Buffer.from([0x22, 3, 0x0a, 1, 0x6b])
  expect(readInferRequest(message).parameters).toEqual({})
})

test.each([
  ['a length beyond the end', [0x2a, 5, 1]],
  ['an inner length beyond the end', [0x2a, 2, 0x2a, 9]],
  ['a text beyond the end', [0x2a, 4, 0x2a, 2, 0x42, 9]],
  ['a number without an end', [0x2a, 2, 0x18, 0xff]],
  ['an unknown kind', [0x0f]],
  ['groups in groups', Array<number>(10_000).fill(0x4b)],
])('%s is an error', (_what, message) => {
  expect(() => readInferRequest(Buffer.from(message))).toThrow()
})

test('any number of texts is read', () => {
  const count = 20_000
  const sent = { inputs: [{ contents: { bytes_contents: Array(count).fill(Buffer.alloc(0)) } }] }
  expect(readInferRequest(encode(sent)).inputs[0]?.contents?.elements).toEqual(Buffer.alloc(4 * count))
})
