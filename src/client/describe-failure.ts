import type { ClientErrorFacts, ProblemDetails } from './client-error.ts'
import type { FetchResponse } from './fetch.ts'
import type { Content } from './read-content.ts'
import { decode, toText } from './read-content.ts'
import { describeAnswer } from './result.ts'

/** What went wrong, to end a sentence with, and the facts for the error. */
export type DescribedFailure = {
  readonly why: string
  readonly facts: Omit<ClientErrorFacts, 'attempts'>
}

const ownProblems = 'urn:changeover:error:'
const maxShownText = 500

/** What is wrong with an answer; undefined if its status is 200 to 299. */
export function describeFailure(response: FetchResponse, content: Content): DescribedFailure | undefined {
  const { status, headers } = response
  if (status >= 200 && status < 300) return undefined
  const body = decodeLoosely(response, content)
  const facts = { status, body, ...describeAnswer(headers) }
  if (status < 400 && status !== 304) {
    const location = headers.get('location') ?? undefined
    const target = location === undefined ? '' : ` to ${location}`
    return {
      why: `answered with a redirect${target}, which is not followed; give the client the address that it leads to`,
      facts: { ...facts, code: 'redirected', location },
    }
  }
  const problem = toProblem(body)
  const type = problem?.type ?? ''
  const code = type.startsWith(ownProblems) ? type.slice(ownProblems.length) : 'http_error'
  const detail = problem?.detail ?? toErrorText(body) ?? toText(content).slice(0, maxShownText)
  return {
    why: `answered ${status}${detail === '' ? '' : `: ${detail}`}`,
    facts: { ...facts, code, problem },
  }
}

/** An error's body need not be what its type says: a proxy may have written it. */
function decodeLoosely(response: FetchResponse, content: Content): unknown {
  try {
    return decode(content, response)
  } catch {
    return content
  }
}

function toProblem(body: unknown): ProblemDetails | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { type, title, detail } = body as Record<string, unknown>
  const isProblem = [type, title, detail].every((value) => value === undefined || typeof value === 'string')
  return isProblem && (type ?? title ?? detail) !== undefined ? (body as ProblemDetails) : undefined
}

/** The protocols of models have errors of this form. */
function toErrorText(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  return typeof body.error === 'string' ? body.error : undefined
}
