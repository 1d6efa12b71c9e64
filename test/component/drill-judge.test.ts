import type { Socket } from 'node:net'

import { describe, expect, test } from 'vitest'

import type { Exchange, Expected, History, Judgement } from '../../harness/judge/index.ts'
import { countFigures, judge, Timeline } from '../../harness/judge/index.ts'
import type { LoadPlan, LoadRequest } from '../../harness/load/index.ts'
import { startLoad } from '../../harness/load/index.ts'
import { createRandom } from '../../harness/random.ts'
import { until } from '../../harness/until.ts'
import type { Behaviour } from '../support/fake-server.ts'
import { formatAnswer, startFakeServer } from '../support/fake-server.ts'

const [old, next] = ['names@1', 'names@2']
const requests: readonly LoadRequest[] = Array.from({ length: 100 }, (_, i) => ({
  method: 'POST',
  path: '/',
  body: String(i),
}))

/** The versions differ in one request of three. */
const say = (version: string, body: string): string =>
  version === next && Number(body) % 3 === 0 ? '-1' : body
const expected = new Map(
  [old, next].map((version) => [
    version,
    requests.map(({ body }): Expected => ({ status: 200, body: say(version, body) })),
  ]),
)

/** One request in ten thousand; the first of them soon enough to be met twice. */
const isUnlucky = (count: number): boolean => count % 10_000 === 5_000

/** All kinds of clients, as fast as they can. */
const plan: LoadPlan = {
  fresh: { everyMs: 5, maxOpen: 100 },
  keepAlive: { clients: 16, everyMs: 0 },
  idle: [{ ms: 50 }],
  slowUpload: { clients: 2, pieces: 2, pieceMs: 20 },
  pipelining: { clients: 4, depth: 4, everyMs: 0 },
  answerTimeoutMs: 500,
  maxRequests: 20_000,
  maxDurationMs: 60_000,
}

async function judgeLoad(
  behave: Behaviour,
  {
    timeline = new Timeline(old),
    disturb,
  }: {
    readonly timeline?: Timeline
    readonly disturb?: (history: readonly Exchange[]) => Promise<void>
  } = {},
): Promise<readonly Judgement[]> {
  const server = await startFakeServer(behave)
  const history: History = { exchanges: [] }
  const load = startLoad({ address: server.address, requests, history, random: createRandom(1), plan })
  await disturb?.(history.exchanges)
  await load.ended
  await server.close()
  const rules = {
    expected,
    timeline,
    namesVersions: true,
    overloads: [],
    once: new Set<number>(),
    deaths: [],
  }
  expect(history.exchanges.length).toBeGreaterThanOrEqual(plan.maxRequests)
  return history.exchanges.map((exchange) => judge(exchange, rules))
}

const breaches = (judgements: readonly Judgement[]): readonly Judgement[] =>
  judgements.filter(({ breach }) => breach !== undefined)

const outcomes = (judgements: readonly Judgement[]): readonly string[] =>
  breaches(judgements).map(({ outcome }) => outcome)

const behaveWell: Behaviour = ({ body }) => formatAnswer(old, say(old, body))

describe('the judge', () => {
  test('has nothing to say against a server that answers every request once, and rightly', async () => {
    const judgements = await judgeLoad(behaveWell)
    expect(breaches(judgements)).toEqual([])
    expect(countFigures(judgements)).toMatchObject({
      sent: judgements.length,
      right: judgements.length,
      wrong: 0,
      twice: 0,
      lost: 0,
      refused: 0,
    })
    const clients = new Set(judgements.map(({ exchange }) => exchange.client))
    expect([...clients].sort()).toEqual(['fresh', 'idle', 'keep-alive', 'pipelining', 'slow upload'])
  })

  test('has nothing to say against a server that says the end of a connection after ten answers, as nginx does after 1000', async () => {
    const counts = new WeakMap<Socket, number>()
    let ended = 0
    const judgements = await judgeLoad(({ body, socket }) => {
      const count = (counts.get(socket) ?? 0) + 1
      counts.set(socket, count)
      const answer = formatAnswer(old, say(old, body))
      if (count < 10) return answer
      // What came behind the tenth on this connection is not read.
      if (count > 10) return undefined
      ended++
      socket.end(answer.replace('\r\n', '\r\nconnection: close\r\n'))
      return undefined
    })
    expect(ended).toBeGreaterThan(1_000)
    expect(breaches(judgements)).toEqual([])
  })

  test('finds a server that closes the connection on one request in 10,000', async () => {
    const judgements = await judgeLoad(({ count, body, socket }) => {
      if (isUnlucky(count)) socket.destroy()
      return formatAnswer(old, say(old, body))
    })
    expect(outcomes(judgements).length).toBeGreaterThanOrEqual(2)
    expect(new Set(outcomes(judgements))).toEqual(new Set(['lost']))
  })

  test('finds a server that says nothing to one request in 10,000', async () => {
    const judgements = await judgeLoad(({ count, body }) =>
      isUnlucky(count) ? undefined : formatAnswer(old, say(old, body)),
    )
    expect(outcomes(judgements)).toContain('lost')
    expect(breaches(judgements).map(({ breach }) => breach)).toContain('no answer within 500 ms')
  })

  test('finds an answer in 10,000 that names the version but is another one’s', async () => {
    const judgements = await judgeLoad(({ count, body }) => {
      const other = isUnlucky(count) ? `${Number(body) + 1}` : say(old, body)
      return formatAnswer(old, other)
    })
    expect(outcomes(judgements)).toEqual(['wrong', 'wrong'])
    expect(breaches(judgements)[0]?.breach).toMatch(/^names@1 says 200/)
  })

  test('finds an answer in 10,000 that the old version gives after the rollout', async () => {
    const timeline = new Timeline(old)
    let active = old
    const judgements = await judgeLoad(
      ({ count, body }) => {
        const version = isUnlucky(count) ? old : active
        return formatAnswer(version, say(version, body))
      },
      {
        timeline,
        disturb: async (exchanges) => {
          await until('a thousand requests are sent', () => exchanges.length > 1_000)
          timeline.begin(next, performance.now())
          await until('some more are', () => exchanges.length > 2_000)
          active = next
          timeline.end(next, performance.now())
        },
      },
    )
    expect(outcomes(judgements)).toEqual(['wrong', 'wrong'])
    expect(breaches(judgements)[0]?.breach).toBe('answered by names@1 when only names@2 could answer')
    const versions = judgements.map(({ exchange }) => exchange.answers[0]?.version)
    expect(new Set(versions)).toEqual(new Set([old, next]))
  })

  test('finds a server that answers one request in 10,000 twice, at once', async () => {
    const judgements = await judgeLoad(({ count, body }) =>
      formatAnswer(old, say(old, body)).repeat(isUnlucky(count) ? 2 : 1),
    )
    expect(outcomes(judgements)).toContain('twice')
  })

  test('finds a server that answers one request in 10,000 again a little later', async () => {
    let doubled = 0
    const judgements = await judgeLoad(({ count, body, isLast, socket }) => {
      const answer = formatAnswer(old, say(old, body))
      if (isLast || count < 10_000 * doubled + 5_000) return answer
      doubled++
      setTimeout(() => socket.write(answer), 20)
      return answer
    })
    expect(outcomes(judgements)).toContain('twice')
  })
})
