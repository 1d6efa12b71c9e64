import { STATUS_CODES } from 'node:http'

import { Type } from '#typebox'

import type { Operation } from '../../openapi/index.ts'
import type { ProtocolAnswer, ProtocolRequest, ProtocolRoute, Work } from '../../protocols/index.ts'
import { answerDocsFile, answerDocsPage } from './docs-page.ts'
import { pagesTag } from './port-operations.ts'
import type { DocumentOptions } from './write-document.ts'
import { writeDocument } from './write-document.ts'

type Documented = Pick<DocumentOptions, 'service' | 'version'> & {
  readonly protocols: readonly ProtocolRoute[]
}

/** `/-/openapi.json`, and the page `/-/docs` that shows it. */
export function documentationRoutes({ protocols, ...documented }: Documented): ProtocolRoute[] {
  const routes: ProtocolRoute[] = [
    route('/-/openapi.json', (request) => answerDocument(request), [
      describe(
        '/-/openapi.json',
        'This document',
        'application/json',
        Type.Object({ openapi: Type.String() }),
      ),
    ]),
    route('/-/docs', answerDocsPage, [
      describe('/-/docs', 'The page that shows this document', 'text/html', Type.String()),
    ]),
    route('/-/docs/:file', answerDocsFile, []),
  ]
  const answerDocument = createAnswer({ ...documented, builtIn: [...protocols, ...routes] })
  return routes
}

/** The document of what is served at the moment, and the work that is left to do for it. */
type Draft = { readonly served: string; readonly work: Work<string>; body?: Buffer }

/** It is written once for all who ask, and again if other models or versions are served. */
function createAnswer(
  options: Omit<DocumentOptions, 'served' | 'servers'>,
): (request: ProtocolRequest) => Work<ProtocolAnswer> {
  let latest: Draft | undefined
  return function* ({ models }) {
    const served = models.served.map(({ model, version }) => ({ model, version }))
    const key = JSON.stringify(served)
    if (latest?.served !== key)
      latest = { served: key, work: writeDocument({ ...options, served, servers: ['..'] }) }
    const draft = latest
    while (draft.body === undefined) {
      const { done, value } = draft.work.next()
      if (done === true) draft.body = Buffer.from(value)
      else yield
    }
    return {
      status: 200,
      headers: [
        ...['content-type', 'application/json', 'cache-control', 'no-cache'],
        ...['x-content-type-options', 'nosniff'],
      ],
      body: draft.body,
    }
  }
}

function route(
  path: string,
  answer: ProtocolRoute['answer'],
  operations: readonly Operation[],
): ProtocolRoute {
  return { method: 'GET', path, repeat: 'on-failure', answer, answerError, operations: () => operations }
}

function describe(path: string, summary: string, type: string, schema: object): Operation {
  return {
    ...{ method: 'GET', path, tag: pagesTag, summary, parameters: [], problems: [500, 502, 503] },
    answers: [{ status: '200', description: 'As it is at the moment.', content: { [type]: schema } }],
  }
}

function answerError(status: number, message: string): ProtocolAnswer {
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail: message })
  return { status, headers: ['content-type', 'application/problem+json'], body }
}
