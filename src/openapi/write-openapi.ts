import { JsonSchemas } from './json-schema.ts'
import type { Body, DocumentedAnswer, Operation, Parameter } from './operation.ts'
import { Paths } from './paths.ts'
import { problemSchema, problemTitles } from './problems.ts'

export type OpenApiOptions = {
  /** The program's version. */
  readonly version: string
  /** Where the paths begin, relative to the document. */
  readonly servers: readonly string[]
  /** Of those with the same method and path the first is described. */
  readonly operations: Iterable<Operation>
}

/** Writes the OpenAPI 3.1 document of a service as JSON text. It may be paused wherever it yields. */
export function* writeOpenApi({
  version,
  servers,
  operations,
}: OpenApiOptions): Generator<undefined, string> {
  const schemas = new JsonSchemas()
  const paths = new Paths()
  for (const operation of operations) {
    paths.add(operation, (renamed) => writeOperation(renamed, schemas))
    yield
  }
  const problems = [...paths.problems].sort((a, b) => a - b)
  const responses = problems.map((status) => [`Problem${status}`, writeProblem(status, schemas)] as const)
  const head = {
    openapi: '3.1.0',
    info: { title: 'Changeover', version, description },
    ...(servers.length === 0 ? {} : { servers: servers.map((url) => ({ url })) }),
    tags: [...paths.tags].map((name) => ({ name })),
  }
  const pathTexts = yield* writeEntries(Object.entries(paths.items))
  const schemaTexts = yield* writeEntries(Object.entries(schemas.components))
  const responseText = JSON.stringify(Object.fromEntries(responses))
  return `${JSON.stringify(head).slice(0, -1)},"paths":${pathTexts},"components":{"responses":${responseText},"schemas":${schemaTexts}}}`
}

/** The JSON of an object, a piece at a time. */
function* writeEntries(entries: readonly (readonly [string, unknown])[]): Generator<undefined, string> {
  const texts: string[] = []
  for (const [key, value] of entries) {
    texts.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`)
    yield
  }
  return `{${texts.join(',')}}`
}

const description =
  'Each answer has the header x-request-id, and x-model-version with the versions of the models that it follows from. What is read with GET can be asked with HEAD too. Any request may also be refused before a route sees it: with 400, 408, 413, 414, 417, 431, 501, 503 or 505, and with problem details (RFC 9457).'

function writeOperation(operation: Operation, schemas: JsonSchemas): object {
  const { tag, summary, description: text, parameters, body, answers, problems } = operation
  return {
    tags: [tag],
    ...(summary === undefined ? {} : { summary }),
    ...(text === undefined ? {} : { description: text }),
    ...(parameters.length === 0
      ? {}
      : { parameters: parameters.map((parameter) => writeParameter(parameter, schemas)) }),
    ...(body === undefined ? {} : { requestBody: writeBody(body, schemas) }),
    responses: writeResponses(answers, problems, schemas),
  }
}

function writeParameter(parameter: Parameter, schemas: JsonSchemas): object {
  const { name, in: place, isRequired, schema, description: text, example } = parameter
  return {
    name,
    in: place,
    required: isRequired,
    ...(text === undefined ? {} : { description: text }),
    schema: schemas.convert(schema),
    ...(example === undefined ? {} : { example }),
  }
}

function writeBody({ schema, isOptional = false, examples = [] }: Body, schemas: JsonSchemas): object {
  const listed = examples.map((value, index) => [`example ${index + 1}`, { value }] as const)
  return {
    required: !isOptional,
    content: {
      'application/json': {
        schema: schemas.convert(schema),
        ...(listed.length === 0 ? {} : { examples: Object.fromEntries(listed) }),
      },
    },
  }
}

function writeResponses(
  answers: readonly DocumentedAnswer[],
  problems: readonly number[],
  schemas: JsonSchemas,
): object {
  const responses: Record<string, unknown> = {}
  for (const { status, description: text, content } of answers) {
    const types = Object.entries(content).map(
      ([type, schema]) => [type, { schema: schemas.convert(schema) }] as const,
    )
    responses[status] = {
      description: text,
      ...(types.length === 0 ? {} : { content: Object.fromEntries(types) }),
    }
  }
  for (const status of problems) responses[status] ??= { $ref: `#/components/responses/Problem${status}` }
  return responses
}

function writeProblem(status: number, schemas: JsonSchemas): object {
  return {
    description: problemTitles[status] ?? 'An error.',
    content: { 'application/problem+json': { schema: schemas.convert(problemSchema) } },
  }
}
