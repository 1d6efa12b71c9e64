import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Static, TSchema } from '#typebox'
import { Compile } from '#typebox/compile'

import { ChangeoverError, errorStatus, problemDetails, toErrorReport } from '../contracts/index.ts'
import type { ControlCall } from './route.ts'

const bodyLimitBytes = 64 * 1024

/** Reads the bodies that fit a schema. What it returns throws `bad_json`, `bad_body` and `body_too_large`. */
export function bodyReader<Schema extends TSchema>(
  schema: Schema,
): (request: IncomingMessage) => Promise<Static<Schema>> {
  const validator = Compile(schema)
  return async (request) => {
    const body = await readJson(request)
    if (validator.Check(body)) return body
    throw new ChangeoverError('bad_body', 'the body does not fit this part of the control API')
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > bodyLimitBytes)
      throw new ChangeoverError('body_too_large', `the body is over ${bodyLimitBytes} characters`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ChangeoverError('bad_json', 'the body is not JSON', { cause: error })
  }
}

/** Tells something as text, in a form that the header `accept` asks for. */
export type TellText = (
  accept: string | undefined,
) => Promise<{ readonly contentType: string; readonly text: string }>

export async function sendText(
  { request, response }: Pick<ControlCall, 'request' | 'response'>,
  tell: TellText,
): Promise<void> {
  const { contentType, text } = await tell(request.headers.accept)
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' })
  response.end(text)
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Begins an answer of one JSON value a line, at once, since the first may take its time. What it returns sends a line. */
export function beginLines(response: ServerResponse): (value: unknown) => void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  return (value) => void response.write(`${JSON.stringify(value)}\n`)
}

/** Problem details, if no answer has begun. */
export function sendError(response: ServerResponse, error: unknown): void {
  const report = toErrorReport(error)
  if (!response.headersSent)
    response.writeHead(errorStatus[report.code], { 'content-type': 'application/problem+json' })
  response.end(problemDetails(report))
}
