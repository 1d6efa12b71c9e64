import type { Reader } from 'protobufjs'
import protobuf from 'protobufjs/minimal.js'

import { ChangeoverError } from '../../contracts/index.ts'
import type {
  InferRequest,
  InputTensor,
  ParameterValue,
  ParameterValues,
  TensorContents,
} from './infer-request.ts'

const lengthBytes = 4

/** As many inputs, outputs, tensors, parameters or dimensions as no request for a classifier has. */
const maxEntries = 100

/** The fields of `InferTensorContents` but one. */
const otherFields: Readonly<Record<number, string>> = {
  1: 'bool_contents',
  2: 'int_contents',
  3: 'int64_contents',
  4: 'uint_contents',
  5: 'uint64_contents',
  6: 'fp32_contents',
  7: 'fp64_contents',
}
const bytesField = 8

/** An entry of a map; its value is undefined if it is of no kind. */
type Entry = readonly [key: string, value: ParameterValue | undefined]

/** What is read for the fields of a message, by their numbers; the others are skipped. */
type Fields = Readonly<Record<number, (reader: Reader, wireType: number) => void>>

/**
 * Reads a `ModelInferRequest` of `assets/grpc/inference.proto`. The loader would make an object of each text: of a message of many
 * empty ones, hundreds of thousands, and nobody else is answered meanwhile. Throws `bad_body` if it has more parts than there can be,
 * and an error of the library if it is none.
 */
export function readInferRequest(bytes: Buffer): InferRequest {
  let [model, version, id] = ['', '', '']
  const parameters: Entry[] = []
  const inputs: InputTensor[] = []
  const outputs: string[] = []
  const raw: Buffer[] = []
  readFields(bytes, {
    1: (reader) => (model = reader.string()),
    2: (reader) => (version = reader.string()),
    3: (reader) => (id = reader.string()),
    4: (reader) => add('parameters', parameters, readParameter(reader)),
    5: (reader) => add('inputs', inputs, readInput(readBytes(reader))),
    6: (reader) => add('outputs', outputs, readOutput(readBytes(reader))),
    7: (reader) => add('raw_input_contents', raw, readBytes(reader)),
  })
  return { model, version, id, parameters: toValues(parameters), inputs, outputs, raw }
}

function readInput(bytes: Buffer): InputTensor {
  let [name, datatype] = ['', '']
  const shape: number[] = []
  const parameters: Entry[] = []
  let contents: TensorContents | undefined
  readFields(bytes, {
    1: (reader) => (name = reader.string()),
    2: (reader) => (datatype = reader.string()),
    3: (reader, wireType) => readShape(reader, wireType, shape),
    4: (reader) => add('parameters', parameters, readParameter(reader)),
    5: (reader) => (contents = readContents(readBytes(reader))),
  })
  return { name, datatype, shape, parameters: toValues(parameters), contents }
}

/** Numbers of a list come one by one, or packed into one field. */
function readShape(reader: Reader, wireType: number, shape: number[]): void {
  if (wireType !== 2) {
    add('dimensions', shape, toNumber(reader.int64()))
    return
  }
  const packed = protobuf.Reader.create(readBytes(reader))
  while (packed.pos < packed.len) add('dimensions', shape, toNumber(packed.int64()))
}

function readOutput(bytes: Buffer): string {
  let name = ''
  readFields(bytes, { 1: (reader) => (name = reader.string()) })
  return name
}

function readParameter(reader: Reader): Entry {
  let key = ''
  let value: ParameterValue | undefined
  readFields(readBytes(reader), {
    1: (entry) => (key = entry.string()),
    2: (entry) => (value = readParameterValue(readBytes(entry))),
  })
  return [key, value]
}

function toValues(entries: readonly Entry[]): ParameterValues {
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  )
}

function readParameterValue(bytes: Buffer): ParameterValue | undefined {
  let value: ParameterValue | undefined
  readFields(bytes, {
    1: (reader) => (value = reader.bool()),
    2: (reader) => (value = toNumber(reader.int64())),
    3: (reader) => (value = reader.string()),
    4: (reader) => (value = reader.double()),
    5: (reader) => (value = toNumber(reader.uint64())),
  })
  return value
}

/** A request to load or unload a model. */
export type ControlRequest = {
  readonly model: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** Reads a `RepositoryModelLoadRequest` or `RepositoryModelUnloadRequest`. Throws as `readInferRequest` does. */
export function readControlRequest(bytes: Buffer): ControlRequest {
  let model = ''
  const parameters: (readonly [string, unknown])[] = []
  readFields(bytes, {
    2: (reader) => (model = reader.string()),
    3: (reader) => add('parameters', parameters, readControlParameter(readBytes(reader))),
  })
  return { model, parameters: Object.fromEntries(parameters) }
}

/** Of bytes, which nothing takes, the name is enough. */
function readControlParameter(bytes: Buffer): readonly [string, unknown] {
  let key = ''
  let value: unknown = null
  readFields(bytes, {
    1: (entry) => (key = entry.string()),
    2: (entry) =>
      readFields(readBytes(entry), {
        1: (reader) => (value = reader.bool()),
        2: (reader) => (value = toNumber(reader.int64())),
        3: (reader) => (value = reader.string()),
      }),
  })
  return [key, value]
}

/** The elements are measured first, and then copied, so that there is no object for each. */
function readContents(bytes: Buffer): TensorContents {
  let sizeBytes = 0
  let otherField: string | undefined
  forEachField(bytes, (reader, field, wireType) => {
    const start = reader.pos
    if (field === bytesField && wireType === 2) {
      const length = reader.uint32()
      reader.skip(length)
      sizeBytes += lengthBytes + length
      return
    }
    reader.skipType(wireType)
    // A packed field without elements is its length alone.
    const isEmpty = wireType === 2 && reader.pos === start + 1
    if (!isEmpty) otherField ??= otherFields[field]
  })
  const elements = Buffer.allocUnsafe(sizeBytes)
  let at = 0
  forEachField(bytes, (reader, field, wireType) => {
    if (field !== bytesField || wireType !== 2) {
      reader.skipType(wireType)
      return
    }
    const length = reader.uint32()
    at = elements.writeUInt32LE(length, at)
    at += bytes.copy(elements, at, reader.pos, reader.pos + length)
    reader.skip(length)
  })
  return { elements, otherField }
}

function readFields(bytes: Buffer, fields: Fields): void {
  forEachField(bytes, (reader, field, wireType) => {
    const read = fields[field]
    if (read === undefined) reader.skipType(wireType)
    else read(reader, wireType)
  })
}

/** Has each field read, or skipped. */
function forEachField(bytes: Buffer, read: (reader: Reader, field: number, wireType: number) => void): void {
  const reader = protobuf.Reader.create(bytes)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    read(reader, tag >>> 3, tag & 7)
  }
}

function readBytes(reader: Reader): Buffer {
  return reader.bytes() as Buffer
}

/** Throws `bad_body` for more than there can be. */
function add<Item>(what: string, list: Item[], item: Item): void {
  list.push(item)
  if (list.length > maxEntries)
    throw new ChangeoverError('bad_body', `there are over ${maxEntries} ${what}; send fewer`)
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number(String(value))
}
