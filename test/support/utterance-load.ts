import { expect } from 'vitest'

import { readTestSet } from './corpus.ts'
import { expectedAnswers } from './expected-answers.ts'
import type { Outcome } from './load.ts'

const utterances = readTestSet()
const expected = expectedAnswers(utterances)

const indexOf = (id: number): number => id % utterances.length

/** A request with one utterance of the test set, which asks for its id back. */
export function utteranceBody(id: number): string {
  return JSON.stringify({ text: [[utterances[indexOf(id)]?.text ?? '', id]] })
}

/** Every request answered once, with 200, and as the version that the answer names would. */
export function expectRightAnswers(outcomes: readonly Outcome[]): void {
  expect(outcomes.filter(({ status }) => status !== 200)).toEqual([])
  expect(new Set(outcomes.map(({ id }) => id)).size).toBe(outcomes.length)
  const wrong = outcomes.filter(({ id, version, answer }) => {
    const asks = expected.get(version)?.[indexOf(id)]
    return asks === undefined || answer !== String(asks ? id : -1)
  })
  expect(wrong).toEqual([])
}
