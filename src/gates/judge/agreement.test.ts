import { expect, test } from 'vitest'

import { judgeAgreement } from './agreement.ts'
import { compareAnswers } from './compare-answers.ts'

test('of texts that all change into other labels says the most frequent, and how many changes there are', () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => ({
    text: `text ${i}`,
    truth: [],
    before: { label: `__label__${Math.floor(i / 2)}`, probability: 1 },
    after: { label: `__label__other_${Math.floor(i / 2)}`, probability: 1 },
  }))
  const verdict = judgeAgreement(compareAnswers(texts), { maxChanged: 0.2 })
  expect(verdict).toMatchObject({
    outcome: 'failed',
    figures: { texts: 20_000, changed: 20_000, transitionCount: 10_000 },
  })
  expect(verdict.figures['transitions']).toHaveLength(100)
  expect(verdict.sentence.length).toBeLessThan(400)
})
