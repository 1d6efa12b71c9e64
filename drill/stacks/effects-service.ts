import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { defineService, Type } from 'changeover'

const Conversation = Type.Object({
  text: Type.Array(Type.Tuple([Type.String(), Type.Integer()])),
})
const Numbered = Type.Object({ n: Type.Integer() })

/** Beside this file, which a drill copies into a folder of its own. */
const callsFile = fileURLToPath(new URL('calls.jsonl', import.meta.url))

/** So that a process often dies with a request that it has carried out and not answered. */
const untilAnswerMs = 50

/** One line a call, written before the answer: what a process that dies has done stands there. */
function note(route: string, id: string | undefined, n: number | string): void {
  appendFileSync(callsFile, `${JSON.stringify({ route, id: id ?? null, n: String(n) })}\n`)
}

/** The example's route, and one of each kind, all of which write down that they were called. */
export default defineService((routes) => {
  routes.predict(
    '/v1/is_name_question/',
    { body: Conversation, examples: [{ body: { text: [['怎么称呼您呢', -1]] } }] },
    ({ body, model }) => {
      const nameQuestion = model('name_question')
      note('predict', undefined, body.text[0]?.[1] ?? 'empty')
      const found = body.text.find(([utterance]) => nameQuestion.top(utterance)?.label === '__label__name')
      return found?.[1] ?? -1
    },
  )
  routes.post('/post', { body: Numbered }, async ({ body, headers }) => {
    note('post', headers['x-request-id'], body.n)
    await sleep(untilAnswerMs)
    return body.n
  })
  routes.post('/posts/:id/:part?', { body: Numbered }, async ({ body, params, headers }) => {
    note('post', headers['x-request-id'], body.n)
    await sleep(untilAnswerMs)
    return `${params['id'] ?? ''} ${params['part'] ?? ''} ${body.n}`
  })
  routes.get('/once/:n', { retry: false }, async ({ params, headers }) => {
    note('once', headers['x-request-id'], params['n'] ?? '')
    await sleep(untilAnswerMs)
    return params['n']
  })
  routes.get('/get/:n', ({ params, headers }) => {
    note('get', headers['x-request-id'], params['n'] ?? '')
    return params['n']
  })
})
