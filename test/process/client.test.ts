import { existsSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import type { ClientError } from 'changeover/client'
import { createClient } from 'changeover/client'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import type service from '../support/client-service.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    service: readFileSync(new URL('../support/client-service.ts', import.meta.url), 'utf8'),
    gateway: "maxInFlight: 2, maxWaiting: 2, cors: { origins: ['*'] }",
  })
})
afterAll(() => stack.stop())

const text = '您贵姓'
const clientOf = (options = {}) => createClient<typeof service>(stack.gateway, options)
const notes = (): string[] => {
  const file = join(stack.folder, 'notes.log')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

test('routes and models answer, each with its version', async () => {
  const { routes, predict, explain, infer } = clientOf()
  const versions = { name_question: '1795419027' }
  const label = await routes.predict('/label', { body: { text } })
  expect(label).toMatchObject({ status: 200, body: { label: '__label__name' }, versions })
  expect(label.requestId).toMatch(/^[0-9a-f]{32}$/)
  expect((await routes.get('/pid')).body).toBeGreaterThan(0)
  expect(await routes.post('/notes/:id', { params: { id: 0 }, body: { text } })).toMatchObject({ status: 201, body: { id: 0, text } }) // prettier-ignore
  const [best] = (await predict('name_question', text)).body
  expect(best).toEqual(label.status === 200 ? label.body : undefined)
  expect(await predict('name_question', [text, text], { k: -1 })).toMatchObject({ body: [[best, {}], [best, {}]], versions }) // prettier-ignore
  expect((await explain('name_question', text, { limit: 2 })).body).toMatchObject([{ ...best, contributions: [{ kind: 'word' }, {}] }]) // prettier-ignore
  const tensor = { name: 'text', shape: [1], datatype: 'BYTES', data: [text] }
  expect(await infer('name_question', { inputs: [tensor] })).toMatchObject({ body: { model_version: '1795419027' }, versions }) // prettier-ignore
})

test('a service can ask others with it', async () => {
  expect((await clientOf().routes.get('/asks')).body).toEqual({ name_question: '1795419027' })
})

test('errors have their code, the version and the id of the request', async () => {
  const { routes, predict } = clientOf()
  const failure = (call: Promise<unknown>): Promise<ClientError> =>
    call.then(
      () => expect.unreachable(),
      (error: unknown) => error as ClientError,
    )
  const misfit = await failure(routes.predict('/label', { body: { text: 5 as never } }))
  expect(misfit).toMatchObject({ code: 'bad_body', status: 400, problem: { detail: 'the body at /text must be string' } }) // prettier-ignore
  expect([misfit.versions, misfit.requestId]).toEqual([
    { name_question: '1795419027' },
    expect.stringMatching(/^[0-9a-f]{32}$/),
  ])
  expect(await failure(routes.post('/notes/:id', { params: { id: 'x' as never }, body: { text } }))).toMatchObject({ code: 'bad_parameter' }) // prettier-ignore
  expect(await failure(predict('none', text))).toMatchObject({ status: 404, message: expect.stringContaining('none') as string }) // prettier-ignore
  expect(await failure(predict('name_question', text, { version: '1' }))).toMatchObject({ status: 404 })
})

test('a deploy and a kill -9 while it is asked: nothing fails, and each post is carried out once at most', async () => {
  // The small queue may refuse some of them, also more than twice.
  const { routes, predict } = clientOf({ retries: 10 })
  const seen = new Set<string | undefined>()
  const posts = { done: [] as number[], unknown: [] as number[] }
  let isOver = false
  const repeat = async (ask: (n: number) => Promise<void>): Promise<number> => {
    let n = 1_000
    while (!isOver) await ask(++n)
    return n - 1_000
  }
  const load = [
    repeat(async () => void seen.add((await routes.predict('/label', { body: { text } })).versions['name_question'])), // prettier-ignore
    repeat(async () => {
      await predict('name_question', text)
    }),
    repeat(async () => {
      await routes.get('/pid')
    }),
    repeat(async (id) => {
      try {
        await routes.post('/notes/:id', { params: { id }, body: { text } })
        posts.done.push(id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'answer_unknown' })
        posts.unknown.push(id)
      }
    }),
  ]
  const counts = Promise.all(load)
  counts.catch(() => (isOver = true))
  try {
    const deployed = await stack.deploy(secondModel)
    expect(deployed.at(-1)).toMatchObject({ type: 'end', ok: true })
    const { body: pid } = await routes.get('/pid')
    process.kill(pid, 'SIGKILL')
    await until('another worker answers', async () => (await routes.get('/pid')).body !== pid)
    await until('the primary is back', async () => {
      const { gateway } = await stack.status()
      return gateway.status?.instances.primary.readyWorkers === 1
    })
  } finally {
    isOver = true
  }
  expect(Math.min(...(await counts))).toBeGreaterThan(10)
  expect(seen).toEqual(new Set(['1795419027', '1795419028']))
  const carriedOut = notes().map(Number)
  expect(new Set(carriedOut).size).toBe(carriedOut.length)
  expect(carriedOut).toEqual(expect.arrayContaining(posts.done))
  expect(posts.unknown.length).toBeLessThanOrEqual(1)
})

test('posts that an overload refuses are sent again, and carried out once', async () => {
  const { routes } = clientOf({ retries: 20 })
  const ids = Array.from({ length: 12 }, (_, i) => 5_000 + i)
  const before = (await stack.status()).gateway.status?.refused ?? 0
  const results = await Promise.all(
    ids.map((id) => routes.post('/notes/:id', { params: { id }, body: { text } })),
  )
  expect(results.map(({ body }) => body.id)).toEqual(ids)
  expect((await stack.status()).gateway.status?.refused).toBeGreaterThan(before)
  expect(notes().map(Number).filter((id) => id >= 5_000).sort()).toEqual(ids) // prettier-ignore
})

const missing = missingComponents('chromium')

describe.skipIf(missing !== false)(`in a browser${missing === false ? '' : ` (${missing})`}`, () => {
  /** Another origin than the stack's: a page and the files of the client as they are built. */
  let pages: Server
  beforeAll(async () => {
    const client = new URL('../../dist/client/', import.meta.url)
    pages = createServer(({ url = '/' }, response) => {
      const name = /^\/client\/([a-z-]+\.js)$/.exec(url)?.[1]
      response.setHeader('content-type', name === undefined ? 'text/html' : 'text/javascript')
      response.end(
        name === undefined ? '<!doctype html><title>page</title>' : readFileSync(new URL(name, client)),
      )
    })
    await new Promise<void>((resolve) => void pages.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => void pages.close())

  test('a page of another origin imports the client as it is built, and asks', async () => {
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'], // prettier-ignore
    })
    try {
      const page = await browser.newPage()
      await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
      const found: unknown =
        await page.evaluate(`import('/client/index.js').then(async ({ createClient }) => {
        const { routes, predict } = createClient(${JSON.stringify(stack.gateway)})
        const { status, body, versions, requestId } = await routes.predict('/label', { body: { text: '${text}' } })
        const why = await predict('none', 'a').catch(({ name, status, versions }) => ({ name, status, versions }))
        const aborted = await routes.get('/pid', { signal: AbortSignal.abort() }).catch(({ name }) => name)
        return { status, label: body.label, versions, requestId, why, aborted }
      })`)
      const versions = { name_question: '1795419028' }
      expect(found).toEqual({
        status: 200,
        label: '__label__name',
        versions,
        requestId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        why: { name: 'ClientError', status: 404, versions },
        aborted: 'AbortError',
      })
    } finally {
      await browser.close()
    }
  })
})
