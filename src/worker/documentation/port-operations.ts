import { Type } from '#typebox'

import type { healthPaths } from '../../http/index.ts'
import type { DocumentedAnswer, Operation } from '../../openapi/index.ts'
import { problemSchema } from '../../openapi/index.ts'

type Health = Pick<Operation, 'summary' | 'answers'>

/** What people read with a browser. */
export const pagesTag = 'Pages'

const ready = 'Whether requests can be answered'

const health: Readonly<Record<(typeof healthPaths)[number], Health>> = {
  '/-/health': {
    summary: ready,
    answers: [
      jsonAnswer('200', 'They can.', Type.Object({ status: Type.Literal('ok') })),
      { status: '503', description: 'They cannot.', content: { 'application/problem+json': problemSchema } },
    ],
  },
  '/v2/health/live': {
    summary: 'Whether the process is alive',
    answers: [jsonAnswer('200', 'It is.', Type.Object({ live: Type.Literal(true) }))],
  },
  '/v2/health/ready': {
    summary: ready,
    answers: [
      jsonAnswer('200', 'They can.', Type.Object({ ready: Type.Literal(true) })),
      jsonAnswer('503', 'They cannot.', Type.Object({ ready: Type.Literal(false) })),
    ],
  },
}

/** What every port answers about itself. */
export const healthOperations: readonly Operation[] = Object.entries(health).map(([path, operation]) => ({
  ...{ method: 'GET', path, tag: 'Health', parameters: [], problems: [] },
  ...operation,
}))

/** The page at `/`, unless the service has a route there. */
export const homeOperation: Operation = {
  ...{ method: 'GET', path: '/', tag: pagesTag, parameters: [], problems: [502, 503] },
  summary: 'Which models and routes are served',
  answers: [{ status: '200', description: 'A page.', content: { 'text/html': { type: 'string' } } }],
}

function jsonAnswer(status: string, description: string, schema: object): DocumentedAnswer {
  return { status, description, content: { 'application/json': schema } }
}
