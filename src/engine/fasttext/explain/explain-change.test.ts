import { expect, it } from 'vitest'

import { openSpec, tinyModel } from '../testing/model-file-builder.ts'
import { explainChange } from './explain-change.ts'

const [hello, bye] = ['__label__hello', '__label__再见']
const before = openSpec(tinyModel)
/** 你好 was learned the other way round. */
const after = openSpec({
  ...tinyModel,
  input: { kind: 'dense', rows: [[0.5, 0.25], [-4, 4], [-3, 5]] }, // prettier-ignore
})
const both = { labels: [hello, bye] }

it('names the words that made the difference, the largest first; they add up to the change of the margin', () => {
  const text = '你好 bye'
  const shifts = explainChange(before.explain(text, both), after.explain(text, both), hello, bye)
  expect(shifts?.map(({ text: word }) => word)).toEqual(['你好', 'bye', '</s>'])
  const scores = (predictor: typeof before): number[] =>
    predictor.explain(text, both).map((one) => (one.path === undefined ? one.score : 0))
  const margin = (predictor: typeof before): number =>
    (scores(predictor)[1] as number) - (scores(predictor)[0] as number)
  const sum = shifts?.reduce((total, { score }) => total + score, 0)
  expect(sum).toBeCloseTo(margin(after) - margin(before), 5)
})

it('counts a word that one of them does not know as nothing there', () => {
  const narrow = openSpec({ ...tinyModel, words: ['</s>', 'bye'], input: { kind: 'dense', rows: [[0.5, 0.25], [-3, 5]] } }) // prettier-ignore
  const shifts = explainChange(narrow.explain('你好', both), before.explain('你好', both), bye, hello)
  expect(shifts?.[0]).toMatchObject({ text: '你好', score: 3 })
})

it('says nothing if a model does not have both labels, or has a tree', () => {
  expect(explainChange(before.explain('bye'), after.explain('bye', both), hello, bye)).toBeUndefined()
  const tree = openSpec({ ...tinyModel, args: { ...tinyModel.args, loss: 1 } })
  expect(explainChange(tree.explain('bye', both), after.explain('bye', both), hello, bye)).toBeUndefined()
})
