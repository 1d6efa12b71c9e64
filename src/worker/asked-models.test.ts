import { expect, test } from 'vitest'

import { ChangeoverError } from '../contracts/index.ts'
import { trackAskedModels } from './asked-models.ts'
import type { ServedModel } from './service/define-service.ts'

const served = ['a', 'b', 'c'].map((model) => ({ model, version: '1' }))
const find = (name: string): ServedModel => {
  if (name === 'none') throw new ChangeoverError('model_unknown', 'none')
  return { version: '1' } as ServedModel
}

test('an answer names the models that its request asked, each once, in the order of the configuration', () => {
  const ask = trackAskedModels(served, find)
  const [first, second, third] = [ask(), ask(), ask()]
  for (const name of ['c', 'a', 'c']) first.model(name)
  second.model('b')
  expect(() => third.model('none')).toThrow('none')
  expect(first.headers().version).toEqual(['x-model-version', 'a@1, c@1'])
  expect(first.headers().json).toBe('content-type\napplication/json\nx-model-version\na@1, c@1')
  expect(second.headers().version).toEqual(['x-model-version', 'b@1'])
  expect(third.headers().version).toEqual([])
  expect(third.headers().text).toBe('content-type\ntext/plain; charset=utf-8')
})

test('one model alone is named always, and no model is none', () => {
  expect(trackAskedModels(served.slice(0, 1), find)().headers().version).toEqual(['x-model-version', 'a@1'])
  expect(trackAskedModels([], find)().headers().version).toEqual([])
})

test('with 1,000 models an answer names the one that it is of', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => ({ model: `m${i}`, version: '1' }))
  const ask = trackAskedModels(many, find)
  for (let i = 0; i < 1_000; i++) {
    const models = ask()
    models.model(`m${i}`)
    expect(models.headers().version).toEqual(['x-model-version', `m${i}@1`])
  }
})
