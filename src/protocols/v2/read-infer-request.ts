import { type Static, Type } from '#typebox'
import { Compile } from '#typebox/compile'

import { ChangeoverError } from '../../contracts/index.ts'
import { decodeText, parseJson } from '../decode-text.ts'
import type { Work } from '../protocol.ts'
import { decodeBytesTensor } from './tensor-bytes.ts'

/** What a client wants to know of which texts. */
export type InferRequest = {
  readonly id: string | undefined
  readonly texts: readonly string[]
  /** How many labels for each text; -1: all. */
  readonly k: number
  readonly threshold: number
  /** Which outputs, in the order in which they are sent. */
  readonly outputs: readonly WantedOutput[]
}

const outputNames = ['labels', 'probabilities'] as const
export type OutputName = (typeof outputNames)[number]
export type WantedOutput = { readonly name: OutputName; readonly isBinary: boolean }

const Parameters = Type.Optional(Type.Record(Type.String(), Type.Unknown()))
const Input = Type.Object({
  name: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 0 })),
  datatype: Type.String(),
  parameters: Parameters,
  data: Type.Optional(Type.Array(Type.Unknown())),
})
const Output = Type.Object({ name: Type.String(), parameters: Parameters })
const Head = Type.Object({
  id: Type.Optional(Type.String()),
  parameters: Parameters,
  inputs: Type.Array(Input, { minItems: 1 }),
  outputs: Type.Optional(Type.Array(Output)),
})
type Head = Static<typeof Head>
type Input = Static<typeof Input>

const head = Compile(Head)

/** Of a client's own words in a message, in characters. */
const shownLength = 60

/**
 * Reads the body of an inference request of the Open Inference Protocol, version 2; may be paused. `headLength` is the value of the header
 * Inference-Header-Content-Length: binary tensors follow that many bytes of JSON. Throws `bad_json`, `bad_utf8` and `bad_body`.
 */
export function* readInferRequest(body: Buffer, headLength: string | undefined): Work<InferRequest> {
  const headBytes = readHeadLength(body, headLength)
  const request = checkHead(yield* parseJson(body.subarray(0, headBytes)))
  const binary = body.subarray(headBytes)
  const input = findInput(request.inputs)
  const texts = input.data === undefined ? readBinaryInput(input, binary) : readJsonInput(input, binary)
  requireShape(input, texts.length)
  return {
    id: request.id,
    texts,
    k: readK(request.parameters?.['k']),
    threshold: readThreshold(request.parameters?.['threshold']),
    outputs: readOutputs(request),
  }
}

function readHeadLength(body: Buffer, headLength: string | undefined): number {
  if (headLength === undefined) return body.length
  const bytes = /^\d{1,10}$/.test(headLength) ? Number(headLength) : Infinity
  if (bytes <= body.length) return bytes
  throw bad(
    `Inference-Header-Content-Length is ${headLength}, and the body has ${body.length} bytes; it is the length of the JSON alone`,
  )
}

function checkHead(value: unknown): Head {
  if (head.Check(value)) return value
  const [first] = head.Errors(value)
  throw bad(`the request at ${first?.instancePath || '/'} ${first?.message ?? 'is not one of version 2'}`)
}

/** The one input that a model of ours has. */
function findInput(inputs: readonly Input[]): Input {
  const other = inputs.find(({ name }) => name !== 'text')
  if (other !== undefined)
    throw bad(`there is no input ${shorten(other.name)}; the input of a classifier is text`)
  const [input] = inputs
  if (input === undefined || inputs.length > 1) throw bad(`the input text is given ${inputs.length} times`)
  if (input.datatype === 'BYTES') return input
  throw bad(`the input text is ${shorten(input.datatype)}; it must be BYTES`)
}

function readJsonInput({ data = [], parameters }: Input, binary: Buffer): string[] {
  if (binary.length > 0)
    throw bad(`${binary.length} bytes follow the JSON, and its input has its data in the JSON`)
  const isBase64 = readContentType(parameters?.['content_type']) === 'base64'
  const elements = data.some(Array.isArray) ? data.flat() : data
  const other = elements.findIndex((element) => typeof element !== 'string')
  if (other >= 0) throw bad(`element ${other} of the input text is not a string`)
  const texts = elements as string[]
  if (!isBase64) return texts
  return texts.map((text, index) =>
    decodeText(Buffer.from(text, 'base64'), `element ${index} of the input text`),
  )
}

function readContentType(contentType: unknown): 'str' | 'base64' {
  if (contentType === undefined || contentType === 'str') return 'str'
  if (contentType === 'base64') return 'base64'
  throw bad(`content_type ${describe(contentType)} is not known; it is "str" or "base64"`)
}

function readBinaryInput({ parameters }: Input, binary: Buffer): string[] {
  const size = parameters?.['binary_data_size']
  if (size === undefined) throw bad('the input text has neither data nor binary_data_size')
  if (size !== binary.length)
    throw bad(`binary_data_size is ${describe(size)}, and ${binary.length} bytes follow the JSON`)
  return decodeBytesTensor(binary, 'the input text').map((element, index) =>
    decodeText(element, `element ${index} of the input text`),
  )
}

/** `[n]` and `[n, 1]`. */
function requireShape({ shape }: Input, count: number): void {
  const isKnown = shape.length === 1 || (shape.length === 2 && shape[1] === 1)
  if (isKnown && shape[0] === count) return
  throw bad(
    `the shape is [${shorten(shape.join(', '))}], and the input text has ${count} elements; it must be [${count}]`,
  )
}

function readK(k: unknown): number {
  if (k === undefined) return 1
  if (typeof k === 'number' && Number.isInteger(k) && (k >= 1 || k === -1)) return k
  throw bad(`k is ${describe(k)}; it is a whole number from 1 on, or -1 for all labels`)
}

function readThreshold(threshold: unknown): number {
  if (threshold === undefined) return 0
  if (typeof threshold === 'number') return threshold
  throw bad(`threshold is ${describe(threshold)}; it is a number from 0 to 1`)
}

function readOutputs({ outputs, parameters }: Head): WantedOutput[] {
  const usual = parameters?.['binary_data_output'] === true
  if (outputs === undefined || outputs.length === 0)
    return outputNames.map((name) => ({ name, isBinary: usual }))
  const twice = outputs.find(({ name }, place) => outputs.findIndex((one) => one.name === name) < place)
  if (twice !== undefined) throw bad(`the output ${shorten(twice.name)} is asked for twice; name each once`)
  return outputs.map(({ name, parameters: own }) => {
    const known = outputNames.find((one) => one === name)
    if (known === undefined)
      throw bad(`there is no output ${shorten(name)}; there are ${outputNames.join(' and ')}`)
    return { name: known, isBinary: (own?.['binary_data'] ?? usual) === true }
  })
}

/** A value for a message. What a client nests may be too deep to be written out. */
function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return shorten(value === undefined ? 'missing' : JSON.stringify(value))
}

function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`
}

function bad(message: string): ChangeoverError {
  return new ChangeoverError('bad_body', message)
}
