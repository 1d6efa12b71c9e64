import { Compile } from '#typebox/compile'

import { ChangeoverError } from '../../contracts/index.ts'
import type { Route } from './define-service.ts'
import { describeMisfit } from './describe-misfit.ts'
import { isThenable } from './is-thenable.ts'
import { Reply } from './reply.ts'

type Handler = (request: never) => unknown

/** The handler of a route, whose results are held against the `answer` schema of the route. It throws `service_failed`, or rejects so. */
export function checkAnswers({ method, path, answerSchema, handler }: Route): Handler {
  if (answerSchema === undefined) return handler
  const validator = Compile(answerSchema)
  const check = (result: unknown): unknown => {
    const answer = result instanceof Reply ? describedPart(result as Reply) : { value: result }
    if (answer === undefined) return result
    const sent = asSent(answer.value)
    if (validator.Check(sent)) return result
    throw new ChangeoverError(
      'service_failed',
      `the answer of ${method} ${path}${describeMisfit(validator, sent)}; mend the handler, or the schema that it has as answer`,
    )
  }
  return (request) => {
    const result = handler(request)
    return isThenable(result) ? Promise.resolve(result).then(check) : check(result)
  }
}

/** The schema describes what is sent with 200, as JSON or as plain text; not another status or content type. */
function describedPart({ status, headers, body }: Reply): { readonly value: unknown } | undefined {
  const isDescribed = status === 200 && !(body instanceof Uint8Array) && !headers.includes('content-type')
  return isDescribed ? { value: body } : undefined
}

/** What a caller gets: a date is a text then, and a property without a value is not there. */
function asSent(value: unknown): unknown {
  const json = JSON.stringify(value) as string | undefined
  return json === undefined ? value : (JSON.parse(json) as unknown)
}
