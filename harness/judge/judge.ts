import type { Answer, Exchange } from './history.ts'
import type { Timeline } from './timeline.ts'

/** What a version answers to a request. */
export type Expected = { readonly status: number; readonly body: string }

/** What each version answers, by the name that answers give it and by the request's number. */
export type ExpectedAnswers = ReadonlyMap<string, readonly Expected[]>

export type Span = { readonly fromMs: number; readonly toMs: number }

export type Rules = {
  readonly expected: ExpectedAnswers
  readonly timeline: Timeline
  /** Whether answers name their version. Where they do not, any version that may answer then will do. */
  readonly namesVersions: boolean
  /** When 503 with Retry-After is an answer like another: while there is more than can be served. */
  readonly overloads: readonly Span[]
  /** The numbers of the requests that may not be sent twice. */
  readonly once: ReadonlySet<number>
  /** When processes die: a request of `once` that one of them had may be answered with 502, since nobody knows whether it was carried out. */
  readonly deaths: readonly Span[]
}

/**
 * `right`: one answer, by a version that may answer, and what that version says. `wrong`: one answer that is not.
 * `twice`: more than one. `lost`: none. `refused`: 503 with Retry-After. `unknown`: 502 to a request that may not be sent twice.
 */
export type Outcome = 'right' | 'wrong' | 'twice' | 'lost' | 'refused' | 'unknown'

export type Judgement = {
  readonly exchange: Exchange
  readonly outcome: Outcome
  /** How the promise is broken; undefined where it is kept. */
  readonly breach: string | undefined
}

/** Judges what came of one request. */
export function judge(exchange: Exchange, rules: Rules): Judgement {
  const [answer, second] = exchange.answers
  if (answer === undefined) return { exchange, outcome: 'lost', breach: exchange.failure ?? 'no answer' }
  if (second !== undefined)
    return { exchange, outcome: 'twice', breach: `${exchange.answers.length} answers to one request` }
  if (exchange.failure !== undefined) return { exchange, outcome: 'lost', breach: exchange.failure }
  if (answer.status === 503 && answer.hasRetryAfter) return judgeRefusal(exchange, answer, rules)
  if (answer.status === 502 && rules.once.has(exchange.request)) return judgeUnknown(exchange, answer, rules)
  const breach = findFault(exchange, answer, rules)
  return { exchange, outcome: breach === undefined ? 'right' : 'wrong', breach }
}

/** What the versions that may have answered a request would have said. */
export function expectedOf({ request, sentMs, answers }: Exchange, rules: Rules): string[] {
  const answeredMs = answers[0]?.atMs ?? Infinity
  return [...rules.timeline.possible(sentMs, answeredMs)].map((version) => {
    const expected = rules.expected.get(version)?.[request]
    return expected === undefined ? version : `${version}: ${formatExpected(expected)}`
  })
}

function judgeRefusal(exchange: Exchange, answer: Answer, { overloads }: Rules): Judgement {
  const isOverload = isWithin(overloads, exchange, answer)
  return { exchange, outcome: 'refused', breach: isOverload ? undefined : 'refused without an overload' }
}

function judgeUnknown(exchange: Exchange, answer: Answer, { deaths }: Rules): Judgement {
  const hasCause = isWithin(deaths, exchange, answer)
  return { exchange, outcome: 'unknown', breach: hasCause ? undefined : '502, and no process died' }
}

function isWithin(spans: readonly Span[], { sentMs }: Exchange, { atMs }: Answer): boolean {
  return spans.some(({ fromMs, toMs }) => sentMs <= toMs && fromMs <= atMs)
}

function findFault({ request, sentMs }: Exchange, answer: Answer, rules: Rules): string | undefined {
  const possible = rules.timeline.possible(sentMs, answer.atMs)
  if (!rules.namesVersions)
    return [...possible].some((version) => saysSo(answer, rules.expected.get(version)?.[request]))
      ? undefined
      : 'not what any version says that may answer'
  const { version } = answer
  if (version === undefined) return 'the answer names no version'
  const expected = rules.expected.get(version)?.[request]
  if (expected === undefined) return `nothing is known of the version ${version}`
  if (!saysSo(answer, expected)) return `${version} says ${formatExpected(expected)}`
  if (!possible.has(version))
    return `answered by ${version} when only ${[...possible].join(' and ')} could answer`
  return undefined
}

function saysSo({ status, body }: Answer, expected: Expected | undefined): boolean {
  return expected !== undefined && status === expected.status && body === expected.body
}

function formatExpected({ status, body }: Expected): string {
  return `${status} ${JSON.stringify(body)}`
}
