import { expect, test } from 'vitest'

import { ServedModels } from '../served-models.ts'
import { defineService } from './define-service.ts'
import { ServiceHost } from './service-host.ts'

const host = new ServiceHost({
  service: defineService((routes) => {
    routes.get('/thenable', () => ({ then: (resolve: (value: unknown) => void) => resolve({ a: 1 }) }))
    routes.get('/rejects', () => ({
      then: (_resolve: unknown, reject: (error: Error) => void) => reject(new Error('no')),
    }))
    routes.get('/then', () => ({ then: 'a word' }))
    routes.get('/nothing', () => undefined)
  }),
  models: new ServedModels(),
  log: () => undefined,
  homePage: () => ({ status: 200, headers: 'content-type\ntext/html', body: 'home' }),
})

async function ask(method: string, url: string) {
  const { status, headers, body } = await host.handle({ method, url, headers: '', body: Buffer.alloc(0) })
  return { status, allow: /(?:^|\n)allow\n(.*)/.exec(headers)?.[1], body: body.toString(), headers }
}

test('every thenable is awaited, from any library', async () => {
  expect(await ask('GET', '/thenable')).toMatchObject({ status: 200, body: '{"a":1}' })
  expect(await ask('GET', '/rejects')).toMatchObject({ status: 500 })
  expect(await ask('GET', '/then')).toMatchObject({ status: 200, body: '{"then":"a word"}' })
  expect(host.inFlight).toBe(0)
})

test.each(['/', '/?from=balancer'])('the page at %s is there for every kind of health check', async (url) => {
  expect(await ask('GET', url)).toMatchObject({ status: 200, body: 'home' })
  expect(await ask('HEAD', url)).toMatchObject({ status: 200 })
  expect(await ask('OPTIONS', url)).toMatchObject({ status: 204, allow: 'GET, HEAD, OPTIONS' })
  expect(await ask('POST', url)).toMatchObject({ status: 405, allow: 'GET, HEAD, OPTIONS' })
})

test('OPTIONS says what a path takes', async () => {
  expect(await ask('OPTIONS', '/nothing')).toMatchObject({ status: 204, allow: 'GET, HEAD, OPTIONS' })
  expect(await ask('OPTIONS', '*')).toMatchObject({ status: 204, allow: 'GET, HEAD, OPTIONS' })
  expect(await ask('OPTIONS', '/unknown')).toMatchObject({ status: 404 })
})

test.each([
  ['GET', '/'],
  ['OPTIONS', '/'],
  ['GET', '/thenable'],
  ['GET', '/rejects'],
  ['GET', '/nothing'],
  ['POST', '/nothing'],
  ['GET', '/unknown'],
])('the answer to %s %s names the versions', async (method, url) => {
  expect((await ask(method, url)).headers).toContain('x-model-version\n')
})
