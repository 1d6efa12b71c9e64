import { describe, expect, test } from 'vitest'

import { countFigures } from './figures.ts'
import type { Answer, Exchange } from './history.ts'
import type { Rules } from './judge.ts'
import { expectedOf, judge } from './judge.ts'
import { Timeline } from './timeline.ts'

const [old, next] = ['names@1', 'names@2']
const expected = new Map([
  [old, [{ status: 200, body: '5' }]],
  [next, [{ status: 200, body: '-1' }]],
])
const rules = (changes: Partial<Rules> = {}): Rules => ({
  expected,
  timeline: new Timeline(old),
  namesVersions: true,
  overloads: [],
  once: new Set(),
  deaths: [],
  ...changes,
})
const answerOf = (changes: Partial<Answer> = {}): Answer => ({
  atMs: 2,
  status: 200,
  version: old,
  hasRetryAfter: false,
  body: '5',
  ...changes,
})
const exchangeOf = (answers: Answer[], changes: Partial<Exchange> = {}): Exchange => ({
  id: 0,
  client: 'fresh',
  request: 0,
  sentMs: 1,
  completeMs: 1,
  answers,
  failure: undefined,
  ...changes,
})

/** From 10 to 20 the next version is rolled out. */
function rolledOut(): Timeline {
  const timeline = new Timeline(old)
  timeline.begin(next, 10)
  timeline.end(next, 20)
  return timeline
}

describe('one request is', () => {
  test('right, with one answer that is what its version says', () => {
    expect(judge(exchangeOf([answerOf()]), rules())).toMatchObject({ outcome: 'right', breach: undefined })
  })

  test.each([
    ['another body', { body: '-1' }, /^names@1 says 200 "5"$/],
    ['another status', { status: 500 }, /^names@1 says 200 "5"$/],
    ['no version', { version: undefined }, /names no version/],
    ['an unknown version', { version: 'names@3' }, /nothing is known/],
    ['a version that does not serve', { version: next, body: '-1' }, /when only names@1 could answer/],
    ['503 without Retry-After', { status: 503 }, /names@1 says 200/],
  ])('wrong, with %s', (_, changes, breach) => {
    const judgement = judge(exchangeOf([answerOf(changes)]), rules())
    expect(judgement).toMatchObject({ outcome: 'wrong', breach: expect.stringMatching(breach) as string })
  })

  test('lost, without an answer, and with half of one', () => {
    expect(judge(exchangeOf([], { failure: 'reset' }), rules())).toMatchObject({
      outcome: 'lost',
      breach: 'reset',
    })
    expect(judge(exchangeOf([]), rules())).toMatchObject({ outcome: 'lost', breach: 'no answer' })
  })

  test('answered twice, also where both answers are right', () => {
    expect(judge(exchangeOf([answerOf(), answerOf()]), rules())).toMatchObject({
      outcome: 'twice',
      breach: '2 answers to one request',
    })
  })

  test('refused with 503 and Retry-After, which is allowed during an overload only', () => {
    const refusal = exchangeOf([answerOf({ status: 503, hasRetryAfter: true })])
    expect(judge(refusal, rules())).toMatchObject({
      outcome: 'refused',
      breach: 'refused without an overload',
    })
    const during = rules({ overloads: [{ fromMs: 0, toMs: 5 }] })
    expect(judge(refusal, during)).toMatchObject({ outcome: 'refused', breach: undefined })
    const later = rules({ overloads: [{ fromMs: 3, toMs: 5 }] })
    expect(judge(refusal, later).breach).toBeDefined()
  })

  test('unknown with 502, which is allowed for what may not be sent twice, and only while a process dies', () => {
    const unknown = exchangeOf([answerOf({ status: 502 })])
    expect(judge(unknown, rules()).outcome).toBe('wrong')
    const deaths = [{ fromMs: 0, toMs: 5 }]
    expect(judge(unknown, rules({ deaths })).outcome).toBe('wrong')
    const once = new Set([0])
    expect(judge(unknown, rules({ deaths, once }))).toMatchObject({ outcome: 'unknown', breach: undefined })
    expect(judge(unknown, rules({ deaths: [{ fromMs: 3, toMs: 5 }], once }))).toMatchObject({
      outcome: 'unknown',
      breach: '502, and no process died',
    })
  })
})

describe('around a rollout', () => {
  test.each([
    ['before it, the old version', 1, 2, old, true],
    ['before it, not the new one', 1, 2, next, false],
    ['sent before it and answered in it, the new one', 9, 12, next, true],
    ['in it, the old one', 12, 13, old, true],
    ['in it, the new one', 12, 13, next, true],
    ['sent in it and answered after it, the old one', 19, 25, old, true],
    ['after it, the new one', 21, 22, next, true],
    ['after it, not the old one', 21, 22, old, false],
  ])('%s may answer', (_, sentMs, atMs, version, isRight) => {
    const body = expected.get(version)?.[0]?.body ?? ''
    const exchange = exchangeOf([answerOf({ atMs, version, body })], { sentMs })
    expect(judge(exchange, rules({ timeline: rolledOut() })).outcome).toBe(isRight ? 'right' : 'wrong')
  })

  test('one that was undone leaves the old version alone', () => {
    const timeline = new Timeline(old)
    timeline.begin(next, 10)
    timeline.end(old, 20)
    expect([...timeline.possible(21, 22)]).toEqual([old])
  })

  test('a stack that names no versions may say what any version says that may answer', () => {
    const unnamed = (sentMs: number, body: string) =>
      judge(
        exchangeOf([answerOf({ version: undefined, atMs: sentMs + 1, body })], { sentMs }),
        rules({ namesVersions: false, timeline: rolledOut() }),
      ).outcome
    expect([unnamed(12, '5'), unnamed(12, '-1'), unnamed(12, '7')]).toEqual(['right', 'right', 'wrong'])
    expect([unnamed(30, '-1'), unnamed(30, '5')]).toEqual(['right', 'wrong'])
  })

  test('a report says what each version would have answered', () => {
    const exchange = exchangeOf([answerOf({ atMs: 13 })], { sentMs: 12 })
    expect(expectedOf(exchange, rules({ timeline: rolledOut() }))).toEqual([
      'names@1: 200 "5"',
      'names@2: 200 "-1"',
    ])
  })
})

test('figures count outcomes, and take the gap from one answer of any request to the next', () => {
  const at = (sentMs: number, ...answeredMs: number[]): Exchange =>
    exchangeOf(
      answeredMs.map((atMs) => answerOf({ atMs })),
      { sentMs, completeMs: sentMs },
    )
  const judgements = [at(0, 10), at(5, 12), at(50, 100), at(60), at(160, 161, 162)].map((exchange) =>
    judge(exchange, rules()),
  )
  expect(countFigures(judgements)).toEqual({
    sent: 5,
    right: 3,
    wrong: 0,
    twice: 1,
    lost: 1,
    refused: 0,
    unknown: 0,
    p50Ms: 7,
    p99Ms: 50,
    worstGapMs: 88,
  })
  expect(countFigures([])).toMatchObject({ sent: 0, p50Ms: null, p99Ms: null, worstGapMs: null })
})
