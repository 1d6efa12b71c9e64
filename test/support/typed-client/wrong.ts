import { createClient } from 'changeover/client'

import type service from './service.ts'

/** What must not compile: the test takes each expectation away, and looks for the error in the line after it. */
export async function useWrongly(): Promise<unknown[]> {
  const { routes, predict } = createClient<typeof service>('http://127.0.0.1:8086')
  const body = { text: '您贵姓' }

  // @ts-expect-error 2345: a path that no route has
  await routes.predict('/lable', { body })
  // @ts-expect-error 2345: a path of another kind of route
  await routes.post('/label', { body })
  // @ts-expect-error 2345: without a body
  await routes.predict('/label', {})
  // @ts-expect-error 2554: without anything
  await routes.predict('/label')
  // @ts-expect-error 2561: a property of another name
  await routes.predict('/label', { body: { texts: '您贵姓' } })
  // @ts-expect-error 2322: a property of another type
  await routes.predict('/label', { body: { text: 5 } })
  // @ts-expect-error 2353: a GET has no body
  await routes.get('/search', { query: { text: 'a' }, body })
  // @ts-expect-error 2353: a routes.predict has no query
  await routes.predict('/label', { body, query: { text: 'a' } })
  // @ts-expect-error 2345: without the parameters of the path
  await routes.post('/notes/:id', { body })
  // @ts-expect-error 2322: a parameter of another type than its schema has
  await routes.post('/notes/:id', { body, params: { id: 'seven' } })
  // @ts-expect-error 2741: without one of those that the path names
  await routes.post('/forget/:day-:month', { body, params: { day: 1 } })
  // @ts-expect-error 2353: with one that the path does not name
  await routes.get('/pages/:name/:part?', { params: { name: 'a', size: 1 } })
  // @ts-expect-error 2322: a query of another type
  await routes.get('/search', { query: { text: 'a', k: 'three' } })
  // @ts-expect-error 2554: it must be said whether a GET that must not be repeated may be
  await routes.get('/next')
  // @ts-expect-error 2561: an option of another name
  await routes.predict('/label', { body, timeout: 5 })

  const label = (await routes.predict('/label', { body })).body
  // @ts-expect-error 2551: a property that the answer does not have
  const labels: unknown = label.labels
  // @ts-expect-error 2367: a value that the answer cannot have
  const isNeither = label.label === 'neither'
  const kept = await routes.post('/notes/:id', { params: { id: 7 }, body })
  // @ts-expect-error 2339: a property of one of two answers, before it is known which
  const tags: unknown = kept.body.tags
  // @ts-expect-error 2322: a date is sent as a text
  const at: Date = kept.status === 200 ? kept.body.at : new Date()
  // @ts-expect-error 2367: an error is thrown, not returned
  const isMissing = kept.status === 404
  // @ts-expect-error 2322: an answer without a body
  const day: string = (await routes.post('/forget/:day-:month', { params: { day: 1, month: 5 }, body })).body
  // @ts-expect-error 2741: the labels of a text are a list
  const best: { label: string } = (await predict('names', '您贵姓')).body
  // @ts-expect-error 2339: of several texts, a list of lists
  const many: unknown = (await predict('names', ['您贵姓'])).body[0]?.label
  // @ts-expect-error 2559: the file in place of the service that it exports
  createClient<typeof import('./service.ts')>('') // eslint-disable-line @typescript-eslint/consistent-type-imports -- a module
  return [labels, isNeither, tags, at, isMissing, day, best, many]
}
