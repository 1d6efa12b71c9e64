import { ClientError, createClient, type Result } from 'changeover/client'

import type service from './service.ts'

/** What must compile. */
export async function useRightly(signal: AbortSignal): Promise<unknown[]> {
  const { routes, predict, explain, infer } = createClient<typeof service>('http://127.0.0.1:8086', {
    retries: 1,
  })
  const labelled = await routes.predict('/label', { body: { text: '您贵姓' } })
  const label: 'name' | 'other' = labelled.body.label
  const version: string | undefined = labelled.versions['name_question']
  const scores = await routes.predict('/scores', { body: { text: '您贵姓' }, timeoutMs: 500, signal })
  const best: number | undefined = scores.body[0]?.probability
  const kept = await routes.post('/notes/:id', { params: { id: 7 }, body: { text: 'a' }, retry: true })
  const note: string = kept.status === 201 ? kept.body : kept.body.at
  const tags: Record<string, never> = kept.status === 200 ? kept.body.tags : {}
  const forgotten: Result<undefined, 204> = await routes.post('/forget/:day-:month', {
    params: { day: 1, month: 'may' },
    body: { text: 'a' },
  })
  const page: Result<string, 200> = await routes.get('/pages/:name/:part?', { params: { name: 'a' } })
  const found = await routes.get('/search', { query: { text: 'a' } })
  const [text, k]: readonly [string, number | null] = found.body
  const next: number = (await routes.get('/next', { retry: false })).body.next

  const more: string | undefined = (await routes.get('/more', { query: { a: 1 } })).body['a']

  const one: string | undefined = (await predict('names', '您贵姓')).body[0]?.label
  const many: string | undefined = (await predict('names', ['您贵姓'], { k: 2 })).body[0]?.[0]?.label
  const why: string | undefined = (await explain('names', '您贵姓', { version: '7' })).body[0]?.label
  const tensor = { name: 'text', shape: [1], datatype: 'BYTES', data: ['您贵姓'] }
  const inferred: string = (await infer('names', { inputs: [tensor] })).body.model_version

  const untyped = createClient('')
  const anything: unknown = (await untyped.routes.post('/any/:n', { params: { n: 1 }, body: 1 })).body
  const nothing: Result = await untyped.routes.get('/any')
  const status = (error: unknown): number | undefined => (error instanceof ClientError ? error.status : 0)
  return [label, version, best, note, tags, forgotten, page, text, k, next, more, one, many, why, inferred, anything, nothing, status] // prettier-ignore
}
