import { expect, test } from 'vitest'

import type { ServedModel } from './define-service.ts'
import { observeTexts } from './observe-texts.ts'

const model: ServedModel = {
  version: '1',
  labelCount: 1,
  explain: () => [],
  cut: (text) => text.split(' '),
  top: (text) => ({ label: String(text), probability: 1 }),
  predict: (text, k = 1, threshold = 0) => [{ label: `${String(text)} ${k}`, probability: threshold }],
  sentenceVector: () => new Float32Array(1),
}

test('a model that nobody observes is the very same one: it costs nothing', () => {
  expect(observeTexts(model, undefined)).toBe(model)
})

test('a model that is observed tells its texts, and answers as before', () => {
  const texts: string[] = []
  const observed = observeTexts(model, (text) => texts.push(text))
  expect(observed.top('a')).toEqual({ label: 'a', probability: 1 })
  expect(observed.predict('b', 3, 0.5)).toEqual([{ label: 'b 3', probability: 0.5 }])
  expect(observed.version).toBe('1')
  expect(texts).toEqual(['a', 'b'])
})

test('words are told as the text that they make; cutting a text tells nothing', () => {
  const texts: string[] = []
  const observed = observeTexts(model, (text) => texts.push(text))
  const words = observed.cut('a b c').filter((word) => word !== 'b')
  expect(observed.top(words)).toEqual({ label: 'a,c', probability: 1 })
  expect(observed.predict(words)).toEqual([{ label: 'a,c 1', probability: 0 }])
  expect(texts).toEqual(['a c', 'a c'])
})
