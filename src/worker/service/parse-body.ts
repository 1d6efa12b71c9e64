import { isUtf8 } from 'node:buffer'

import type { TSchema } from '#typebox'
import { Compile } from '#typebox/compile'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import { describeMisfit } from './describe-misfit.ts'
import { describeUnreadable } from './describe-unreadable.ts'

/** What some programs on Windows write before any text. */
const byteOrderMark = '\ufeff'

export type ParseBody = (body: Buffer) => unknown

/** A parser of JSON bodies for one schema. It throws `bad_utf8`, `bad_json`, `media_type_unsupported`, or `bad_body` with the place of the first fault. */
export function createBodyParser(schema: TSchema): ParseBody {
  const validator = Compile(schema)
  return (body) => {
    const value = parseJson(body)
    if (validator.Check(value)) return value
    throw new ChangeoverError('bad_body', `the body${describeMisfit(validator, value)}`)
  }
}

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body))
    throw (
      describeUnreadable(body) ??
      new ChangeoverError('bad_utf8', 'the body is not valid UTF-8; send JSON in UTF-8')
    )
  const text = body.toString('utf8')
  try {
    return JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text)
  } catch (error) {
    const why = toMessage(error)
    throw (
      describeUnreadable(body) ??
      new ChangeoverError('bad_json', `the body is not JSON: ${why}`, { cause: error })
    )
  }
}
