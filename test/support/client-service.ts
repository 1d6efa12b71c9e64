import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { defineService, reply, Type } from 'changeover'
import { createClient } from 'changeover/client'

const Text = Type.Object({ text: Type.String() })
const Label = Type.Object({ label: Type.String(), probability: Type.Number() })
const Note = Type.Object({ id: Type.Integer() })

/** A service with a route of each kind, for a stack that a typed client asks. */
export default defineService((routes) => [
  routes.predict(
    '/label',
    { body: Text, answer: Label, examples: [{ body: { text: '您贵姓' } }] },
    ({ body, model }) => {
      const best = model('name_question').top(body.text)
      return best ?? reply(204)
    },
  ),
  routes.post('/notes/:id', { body: Text, params: Note }, async ({ params, body }) => {
    appendFileSync(new URL('notes.log', import.meta.url), `${params.id}\n`)
    await sleep(50)
    return reply(201, { id: params.id, text: body.text })
  }),
  routes.get('/pid', () => process.pid),
  routes.get('/asks', async ({ headers }) => {
    const { predict } = createClient(`http://${headers['host'] ?? ''}`)
    return (await predict('name_question', '您贵姓')).versions
  }),
])
