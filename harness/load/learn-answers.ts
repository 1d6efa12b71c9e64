import type { Expected, History } from '../judge/index.ts'
import { createRandom } from '../random.ts'
import { median } from '../statistics.ts'
import { Client } from './client.ts'
import type { Address } from './connection.ts'
import type { LoadRequest } from './requests.ts'
import { createTraffic } from './traffic.ts'

/** A version as its answers show it. */
export type LearntVersion = {
  /** How its answers name it. */
  readonly name: string
  readonly answers: readonly Expected[]
  /** How long an answer takes while nobody else asks; the median. */
  readonly answerMs: number
}

const answerTimeoutMs = 15_000

/**
 * Asks a quiet stack every request twice, one after the other. Throws where a request cannot be judged later on: where it
 * is answered differently each time, by an error of the server, or without naming the one version that serves.
 */
export async function learnAnswers(
  address: Address,
  requests: readonly LoadRequest[],
): Promise<LearntVersion> {
  const history: History = { exchanges: [] }
  let next = 0
  const client = new Client(
    createTraffic({
      address,
      requests,
      history,
      random: createRandom(0),
      choose: () => next++ % requests.length,
      answerTimeoutMs,
      maxRequests: Infinity,
      stop: new AbortController(),
    }),
    'learner',
  )
  for (let i = 1; i < 2 * requests.length; i++) await client.ask()
  await client.finish()
  return learn(history, requests)
}

function learn({ exchanges }: History, requests: readonly LoadRequest[]): LearntVersion {
  let name: string | undefined
  const answers: Expected[] = []
  const times: number[] = []
  for (const { request, answers: given, failure, completeMs } of exchanges) {
    const { method = '', path = '', body = '' } = requests[request] ?? {}
    const refuse = (why: string): Error =>
      new Error(`the request ${method} ${path} ${body.slice(0, 80)} cannot be judged: ${why}; leave it out`)
    const [answer] = given
    if (answer === undefined || answer.status >= 500)
      throw refuse(answer === undefined ? (failure ?? 'no answer') : `${answer.status} ${answer.body}`)
    if (answer.version === undefined) throw refuse('its answer names no version')
    name ??= answer.version
    if (answer.version !== name) throw refuse(`${answer.version} answers it while ${name} serves`)
    const before = answers[request]
    if (before !== undefined && (before.status !== answer.status || before.body !== answer.body))
      throw refuse(`it is answered with ${before.body} and then with ${answer.body}`)
    answers[request] = { status: answer.status, body: answer.body }
    times.push(answer.atMs - completeMs)
  }
  return { name: name ?? '', answers, answerMs: median(times) }
}
