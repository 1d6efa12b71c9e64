import { isUtf8 } from 'node:buffer'

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

import { ChangeoverError } from '../contracts/index.ts'

export type ParseBody = (body: Buffer) => unknown

/** A parser of JSON bodies for one schema. It throws `bad_utf8`, `bad_json`, or `bad_body` with the place of the first fault. */
export function createBodyParser(schema: TSchema): ParseBody {
  const validator = Compile(schema)
  return (body) => {
    const value = parseJson(body)
    if (validator.Check(value)) return value
    const [first] = validator.Errors(value)
    throw new ChangeoverError(
      'bad_body',
      `the body${first === undefined || first.instancePath === '' ? '' : ` at ${first.instancePath}`} ${first?.message ?? 'does not fit the route'}`,
    )
  }
}

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new ChangeoverError('bad_utf8', 'the body is not valid UTF-8; send JSON in UTF-8')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ChangeoverError('bad_json', `the body is not JSON: ${why}`, { cause: error })
  }
}
