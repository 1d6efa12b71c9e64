import type { TSchema } from '#typebox'

import type { DocumentedAnswer, Operation, Parameter, PathTemplate, Schema } from '../../openapi/index.ts'
import { admits, problemSchema, toTemplates } from '../../openapi/index.ts'
import type { Route } from '../service/define-service.ts'

/** find-my-way finds no route for a longer one. */
const maxParameterLength = 100

const notes: Readonly<Record<Route['repeat'], string>> = {
  freely: 'The answer follows from the body, the path and the models alone: the request may be sent again.',
  'on-failure': 'The request may be sent again.',
  never: 'The function behind it runs once for each request.',
}

/** What the OpenAPI document says of a route of the service; two operations if its last parameter is optional. */
export function documentRoute(route: Route): Operation[] {
  const { method, path, repeat, bodySchema, examples } = route
  return toTemplates(path).map((template) => ({
    method,
    path: template.template,
    tag: 'Service',
    description: notes[repeat],
    parameters: [...pathParameters(route, template), ...queryParameters(route.querySchema)],
    ...(bodySchema === undefined
      ? {}
      : { body: { schema: bodySchema, examples: examples.map(({ body }) => body) } }),
    answers: documentAnswers(route),
    problems: [
      ...[400, 404, ...(bodySchema === undefined ? [] : [413, 415]), 500],
      ...(repeat === 'freely' ? [] : [502]),
      503,
    ],
  }))
}

function pathParameters({ paramsSchema, examples }: Route, { parameters }: PathTemplate): Parameter[] {
  const known = propertiesOf(paramsSchema)
  return parameters.map(({ name, placeholder, pattern }) => {
    const text = {
      type: 'string',
      ...(name === '*' ? {} : { minLength: 1, maxLength: maxParameterLength }),
      ...(pattern === undefined ? {} : { pattern }),
    }
    const example = examples.map(({ params = {} }) => own(params, name)).find((value) => value !== undefined)
    return {
      ...({ name: placeholder, in: 'path', isRequired: true, schema: own(known, name) ?? text } as const),
      ...(example === undefined ? {} : { example }),
    }
  })
}

function queryParameters(schema: TSchema | undefined): Parameter[] {
  const { required = [] } = (schema ?? {}) as { readonly required?: readonly string[] }
  return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
    name,
    in: 'query',
    isRequired: required.includes(name) && !('default' in property),
    schema: property,
  }))
}

function propertiesOf(schema: TSchema | undefined): Readonly<Record<string, Schema>> {
  return (schema as { readonly properties?: Readonly<Record<string, Schema>> } | undefined)?.properties ?? {}
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** What is known of the answers; a handler may give others with `reply` and with `HttpError`. */
function documentAnswers({ answerSchema }: Route): DocumentedAnswer[] {
  const description = 'What the service answers.'
  const none = { status: '204', description: 'The service has nothing to answer.', content: {} }
  const other = {
    status: 'default',
    description: 'What the service answers by itself with another status; its errors are problem details.',
    content: { 'application/problem+json': problemSchema, '*/*': {} },
  }
  if (answerSchema === undefined) return [{ status: '200', description, content: { '*/*': {} } }, none, other]
  const content = {
    ...(admits(answerSchema, 'other') ? { 'application/json': answerSchema } : {}),
    ...(admits(answerSchema, 'string') ? { 'text/plain': answerSchema } : {}),
  }
  return [
    { status: '200', description, content },
    ...(admits(answerSchema, 'undefined') ? [none] : []),
    other,
  ]
}
