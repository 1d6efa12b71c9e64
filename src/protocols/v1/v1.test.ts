import { describe, expect, it, test } from 'vitest'

import { ask } from '../testing/fake-models.ts'
import { v1Routes } from './v1.ts'

const act = (last: string, body: unknown, version = false): unknown =>
  JSON.parse(
    ask(
      v1Routes,
      'POST',
      version ? '/v1/models/:model/versions/:version(^.+:.+$)' : '/v1/models/:model(^.+:.+$)',
      {
        params: version ? { model: 'm', version: last } : { model: last },
        body: Buffer.from(JSON.stringify(body)),
      },
    ).body.toString(),
  )

const many = (length: number) => ({ instances: Array<string>(length).fill(''), parameters: { k: -1 } })

describe(':predict', () => {
  it('answers rows with rows', () => {
    const instances = ['甲', { text: 'b' }, { b64: Buffer.from('乙').toString('base64') }]
    expect(act('m:predict', { instances })).toEqual({
      predictions: ['甲', 'b', '乙'].map((label) => ({ labels: [label], probabilities: [0.5] })),
    })
  })

  it('answers columns with columns', () => {
    const outputs = { labels: [['a', 'b']], probabilities: [[0.5, 0.25]] }
    for (const inputs of ['a', ['a'], { text: ['a'] }, { text: 'a' }])
      expect(act('m:predict', { inputs, parameters: { k: 2 } })).toEqual({ outputs })
  })

  it('answers many texts as it does one', () => {
    const instances = Array.from({ length: 1_234 }, (_, i) => `文 "${i}"`)
    const labels = instances.map((text) => [text])
    const probabilities = instances.map(() => [0.5])
    expect(act('m:predict', { inputs: instances })).toEqual({ outputs: { labels, probabilities } })
    expect(act('m:predict', { instances })).toEqual({
      predictions: labels.map((row) => ({ labels: row, probabilities: [0.5] })),
    })
  })

  it('is of a version that is served', () => {
    expect(act('7:predict', { instances: [] }, true)).toEqual({ predictions: [] })
    expect(() => act('8:predict', { instances: [] }, true)).toThrow(/version 8 of m is not served here/)
  })
})

test(':explain', () => {
  expect(act('m:explain', { instances: ['a', 'b'], parameters: { limit: 3 } })).toMatchObject({
    explanations: [[{ label: 'a', rest: { count: 3 } }], [{ label: 'b' }]],
  })
})

test.each([
  ['m', {}, /no action/],
  ['m:train', {}, /no action/],
  ['m:constructor', {}, /no action/],
  ['x:predict', { instances: [] }, /no version of the model x/],
  ['m:predict', {}, /the request at .*instances/],
  ['m:predict', { instances: [1] }, /the request at \/instances/],
  ['m:predict', { inputs: 1 }, /the request at \/inputs/],
  ['m:predict', { instances: [], parameters: { k: 0 } }, /parameters/],
  ['m:predict', { instances: [{ b64: '/w==' }] }, /UTF-8/],
  ['m:predict', many(400_000), /400000 texts with 3 labels each .* 1000000 labels at most/],
  ['m:explain', { instances: Array(5).fill('long') }, /200000 contributions at most/],
])('%s with %j is refused', (last, body, message) => {
  expect(() => act(last, body)).toThrow(message)
})

test('the status of a model', () => {
  const { body } = ask(v1Routes, 'GET', '/v1/models/:model(^[^:]+$)', { params: { model: 'm' } })
  expect(JSON.parse(body.toString())).toEqual({
    name: 'm',
    ready: true,
    model_version_status: [
      { version: '7', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
    ],
  })
})
