import type { Parameter, Schema } from '../openapi/index.ts'
import { type DocumentedAnswer, problemSchema, problemTitles } from '../openapi/index.ts'
import type { Served } from './protocol.ts'

const protocolError = {
  $id: 'ProtocolError',
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string' } },
} as const

/** The parameters of a path that names a model, and a version of it. */
export function modelParameters(path: string, served: Served): Parameter[] {
  const text = { type: 'string', minLength: 1 }
  const [first] = served
  const model: Parameter = {
    ...{ name: 'model', in: 'path', isRequired: true },
    schema:
      first === undefined ? text : { $id: 'ModelName', type: 'string', enum: served.map((one) => one.model) },
    description: 'The name of a model.',
    example: first?.model,
  }
  if (!path.includes('{version}')) return [model]
  return [
    model,
    {
      ...{ name: 'version', in: 'path', isRequired: true, schema: text },
      description: 'The version that must answer; any other is refused with 404.',
      example: first?.version,
    },
  ]
}

/** An answer with 200 as JSON. */
export function success(description: string, schema: Schema): DocumentedAnswer {
  return { status: '200', description, content: { 'application/json': schema } }
}

/** Errors in the form of the protocol; the gateway and the port refuse with problem details. */
export function protocolErrors(...statuses: readonly number[]): DocumentedAnswer[] {
  return statuses.map((status) => ({
    status: String(status),
    description: problemTitles[status] ?? 'An error.',
    content: { 'application/json': protocolError, 'application/problem+json': problemSchema },
  }))
}
