import type { Routes } from 'changeover'
import { defineService, reply, Type } from 'changeover'

const Text = Type.Object({ text: Type.String() })
const Label = Type.Object({ label: Type.Union([Type.Literal('name'), Type.Literal('other')]) })

/** Routes may come from several files. */
export function more(routes: Routes) {
  return [routes.get('/more', ({ query }) => query), routes.get('/most', ({ params }) => params)]
}

export const withoutTypes = defineService((routes) => {
  more(routes)
})

/** A service with a route of each kind, as its client sees it. */
export default defineService((routes) => [
  routes.predict('/label', { body: Text, answer: Label }, () => ({ label: 'name' })),
  routes.predict('/scores', { body: Text }, ({ body, model }) =>
    model('names').predict(body.text, -1).slice(0, 3),
  ),
  routes.post(
    '/notes/:id',
    { body: Text, params: Type.Object({ id: Type.Integer() }) },
    ({ params, body }) => {
      if (body.text === '') return reply(404, { missing: params.id })
      return params.id === 0
        ? reply(201, 'made')
        : { at: new Date(0), tags: new Set<string>(), note: undefined }
    },
  ),
  routes.post('/forget/:day-:month', { body: Text }, () => undefined),
  routes.get('/pages/:name/:part?', async ({ params }) => Promise.resolve(params['name'] ?? 'none')),
  routes.get(
    '/search',
    { query: Type.Object({ text: Type.String(), k: Type.Optional(Type.Integer()) }) },
    ({ query }) => [query.text, query.k ?? null] as const,
  ),
  routes.get('/next', { retry: false }, () => ({ next: 1 })),
  ...more(routes),
])
