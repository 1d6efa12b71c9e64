import { expect, test } from 'vitest'

import { ServedModels } from './served-models.ts'
import { fakeModel } from './testing/fake-model.ts'

test('a request keeps the version that it began with, and that one is released only after it', () => {
  const models = new ServedModels()
  const [old, next] = [fakeModel('a', '1'), fakeModel('a', '2')]
  models.activate(old, 0)
  const request = models.acquire()
  models.activate(next, 1)
  expect(request.ask().model('a').version).toBe('1')
  expect(models.current.ask().model('a').version).toBe('2')
  expect(old.isReleased()).toBe(false)
  models.release(request)
  expect(old.isReleased()).toBe(true)
  expect(next.isReleased()).toBe(false)
})

test('a model stays when another one is replaced', () => {
  const models = new ServedModels()
  const [a, b, b2] = [fakeModel('a', '1'), fakeModel('b', '1'), fakeModel('b', '2')]
  for (const model of [a, b, b2]) models.activate(model, 0)
  expect([a, b, b2].map((model) => model.isReleased())).toEqual([false, true, false])
  expect(models.current.served.map(({ model, version }) => `${model}@${version}`)).toEqual(['a@1', 'b@2'])
})

test('a model that is removed or unknown is said to be so', () => {
  const models = new ServedModels()
  const only = fakeModel('a', '1')
  models.activate(only, 0)
  models.remove('a')
  expect(only.isReleased()).toBe(true)
  expect(() => models.current.ask().model('a')).toThrow(/no version of the model a is served/)
})

test('labels are counted on from another process, of the same version alone; those of the warm-up do not count', () => {
  const models = new ServedModels()
  const counted = { version: '1', isShared: false, counts: [[7, 5]] as const }
  models.activate(fakeModel('a', '1'), 0)
  models.current.ask().model('a').top('warm up')
  models.observe(() => undefined, [{ model: 'a', ...counted }])
  expect(models.labelCounts('a')).toEqual(counted)
  models.activate(fakeModel('a', '2'), 0)
  models.current.ask().model('a').top('warm up')
  models.observe(
    () => undefined,
    [
      { model: 'a', ...counted },
      { model: 'b', ...counted },
    ],
  )
  expect(models.labelCounts('a')).toEqual({ version: '2', isShared: false, counts: [] })
  expect(models.labelCounts('b')).toBeNull()
})

test('what a status lists of a model is as short with a hundred thousand labels as with one', () => {
  const models = new ServedModels()
  let count = 0
  const top = () => ({ label: `__label__of a rather long name, number ${count++}`, probability: 1 })
  models.activate({ ...fakeModel('a', '1'), top }, 0)
  const { model } = models.current.ask()
  for (let i = 0; i < 100_000; i++) model('a').top('text')
  expect(models.labelCounts('a')?.counts.length).toBeGreaterThan(100)
  expect(JSON.stringify(models.current.served).length).toBeLessThan(100)
})
