import assert from 'node:assert/strict'
import { test } from 'node:test'

import { testService } from 'changeover/testing'

import service from './service.ts'

const path = '/v1/is_name_question/'
const ask = (...utterances: readonly string[]) => ({
  method: 'POST',
  body: { text: utterances.map((utterance, index) => [utterance, index]) },
})

test('the index of the first utterance that the model takes for a name question, or -1', async () => {
  const probability = 1
  const app = await testService(service, {
    name_question: (text) => [
      { label: text.endsWith('?') ? '__label__name' : '__label__other', probability },
    ],
  })
  const answer = await app.request(path, ask('a', 'b?', 'c?'))
  assert.equal(answer.status, 200)
  assert.equal(await answer.json(), 1)
  assert.equal(await (await app.request(path, ask('a'))).json(), -1)
  await app.close()
})

test('the model itself knows a name question', async () => {
  const file = new URL('models/name_question_1795419028.bin', import.meta.url)
  const app = await testService(service, { name_question: { file, tokenizer: 'jieba' } })
  const answer = await app.request(path, ask('您的电话是？', '您贵姓'))
  assert.equal(await answer.json(), 1)
  assert.equal(answer.headers.get('x-model-version'), 'name_question@1795419028')
  await app.close()
})

test('a body of another shape is refused', async () => {
  const app = await testService(service)
  const answer = await app.request(path, { method: 'POST', body: { text: '您贵姓' } })
  assert.equal(answer.status, 400)
  assert.match(await answer.text(), /the body at \/text must be array/)
})
