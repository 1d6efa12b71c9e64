import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { exampleFolder } from '../models/example-models.ts'
import type { Random } from '../random.ts'

/** A request that the load sends again and again. */
export type LoadRequest = { readonly method: string; readonly path: string; readonly body: string }

const exampleRequestCount = 200
const maxUtterances = 6
const exampleRoute = '/v1/is_name_question/'

/**
 * Requests for the example's service, made of the utterances of its test set. Every utterance of every request has an index
 * of its own: an answer that belongs to another request, or that two versions made together, is seen to be wrong.
 */
export function exampleRequests(random: Random): LoadRequest[] {
  const utterances = readFileSync(join(exampleFolder, 'corpus/test.txt'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.slice(line.indexOf(' ') + 1))
  return Array.from({ length: exampleRequestCount }, (_, number) => {
    const count = 1 + random.below(maxUtterances)
    const text = Array.from({ length: count }, (_, i) => [random.pick(utterances), number * 10 + i])
    return { method: 'POST', path: exampleRoute, body: JSON.stringify({ text }) }
  })
}

/** Reads requests from a file, one JSON object a line; throws with the line's number where one cannot be used. */
export function readRequests(file: string): LoadRequest[] {
  const requests = readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [parseRequest(line, `${file}:${i + 1}`)]))
  if (requests.length === 0) throw new Error(`${file} has no requests: write one JSON object a line`)
  return requests
}

function parseRequest(line: string, place: string): LoadRequest {
  const { method = 'POST', path, body } = parseObject(line, place)
  if (typeof method !== 'string' || !/^[A-Z]+$/.test(method) || method === 'HEAD')
    throw new Error(`${place}: “method” is a method in capitals, and not HEAD`)
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]*$/.test(path))
    throw new Error(`${place}: “path” begins with / and has neither spaces nor letters that need an escape`)
  return {
    method,
    path,
    body: typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body),
  }
}

function parseObject(line: string, place: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    if (value !== null && typeof value === 'object') return value as Readonly<Record<string, unknown>>
  } catch {
    // The same error as for JSON that is not an object.
  }
  throw new Error(`${place}: not a JSON object such as {"method": "POST", "path": "/", "body": {}}`)
}
