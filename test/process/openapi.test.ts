import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as askHttp, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { missingComponents, pythonClients } from '../../harness/real-components.ts'
import { launchBrowser } from '../support/browser.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const hostile = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`

const service = `
import { defineService, HttpError, reply, Type } from 'changeover'
const Label = Type.Object({ label: Type.String(), probability: Type.Number() })
export default defineService((routes) => {
  routes.predict(
    '/v1/label',
    {
      body: Type.Object({ text: Type.String({ description: ${JSON.stringify(hostile)} }) }, { $id: 'Asked' }),
      answer: Type.Union([Label, Type.Null()]),
      examples: [{ body: { text: '您贵姓' } }],
    },
    ({ body, model }) => model('name_question').top(body.text) ?? null,
  )
  routes.post(
    '/v1/notes/:id',
    {
      params: Type.Object({ id: Type.Integer() }),
      query: Type.Object({
        k: Type.Integer({ default: 1, minimum: 1, maximum: 9 }),
        tag: Type.Optional(Type.Array(Type.String())),
      }),
      body: Type.Object({ note: Type.String({ maxLength: 100 }) }),
      answer: Type.Object({ id: Type.Integer(), k: Type.Integer(), tags: Type.Integer() }),
    },
    ({ params: { id }, query: { k, tag = [] } }) => {
      if (id < 0) throw new HttpError(409, 'an id is not negative')
      return { id, k, tags: tag.length }
    },
  )
  routes.get('/v1/words/:word', ({ params }) => (params['word'] === 'none' ? undefined : params['word']))
  routes.get('/v1/files/*', () => reply(200, Buffer.from('a,b'), { 'content-type': 'text/csv' }))
  routes.get('/v1/old/:id(^\\\\d+$)', { answer: Type.String() }, ({ params }) => 'number ' + params['id'])
  routes.get('/v1/misfit', { answer: Type.Integer() }, () => 'no number' as never)
  routes.get('/a<b>"c"', () => 'ok')
})
`

type Operation = {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly example?: string }[]
}
type Document = {
  readonly servers?: unknown
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ service, env: { CHANGEOVER_CHECK_ANSWERS: '1' } })
})
afterAll(() => stack.stop())

const documentAt = async (base: string): Promise<Document> =>
  (await (await fetch(`${base}/-/openapi.json`)).json()) as Document

test('the document is the same at every port, and its paths begin beside it', async () => {
  const document = await documentAt(stack.gateway)
  expect(Object.keys(document.paths)).toContain('/v1/notes/{id}')
  expect(document.servers).toEqual([{ url: '..' }])
  for (const port of [stack.primary, stack.backup]) expect(await documentAt(port)).toEqual(document)
})

test('all that it describes is served', async () => {
  const { paths } = await documentAt(stack.gateway)
  for (const [path, item] of Object.entries(paths))
    for (const [method, { parameters = [] }] of Object.entries(item)) {
      const url = path.replace(/\{(\w+)\}/g, (_, name) =>
        encodeURIComponent(parameters.find((one) => one.name === name)?.example ?? '7'),
      )
      const response = await fetch(stack.gateway + url, { method: method.toUpperCase() })
      const text = await response.text()
      expect([text.includes('route_not_found'), response.status === 405], url).toEqual([false, false])
    }
})

test('changeover openapi prints it without a running stack, with the models of the configuration', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-test-'))
  writeFileSync(join(folder, 'service.ts'), service)
  writeFileSync(
    join(folder, 'changeover.yaml'),
    'service: service.ts\nmodels: { name_question: {}, other: {} }\ngateway: { bind: 127.0.0.1:0 }\n',
  )
  const { code, stdout, stderr } = await runCli(['openapi'], { cwd: folder })
  rmSync(folder, { recursive: true })
  expect([code, stderr]).toEqual([0, ''])
  const printed = JSON.parse(stdout) as Document
  expect(Object.keys(printed.paths)).toEqual(Object.keys((await documentAt(stack.gateway)).paths))
  expect(printed).not.toHaveProperty('servers')
  expect(printed).toHaveProperty('components.schemas.ModelName.enum', ['name_question', 'other'])
})

test('without a service file it has what the program answers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-test-'))
  writeFileSync(join(folder, 'changeover.yaml'), 'models: { name_question: {} }\n')
  const { stdout } = await runCli(['openapi'], { cwd: folder })
  rmSync(folder, { recursive: true })
  const paths = Object.keys((JSON.parse(stdout) as Document).paths)
  expect(paths).toContain('/v1/models/{model}:explain')
  expect(paths).not.toContain('/v1/label')
})

test('CHANGEOVER_CHECK_ANSWERS finds an answer that its schema does not describe', async () => {
  const response = await fetch(`${stack.gateway}/v1/misfit`)
  expect([response.status, await response.text()]).toEqual([
    500,
    expect.stringContaining('the answer of GET /v1/misfit must be integer'),
  ])
})

const missingPython = missingComponents('schemathesis')

describe.skipIf(missingPython !== false)(
  `schemathesis${missingPython === false ? '' : ` (${missingPython})`}`,
  () => {
    test('finds no 500, no undocumented status and no answer that its schema does not describe', async () => {
      const { stdout } = await promisify(execFile)(
        join(dirname(pythonClients), 'schemathesis'),
        [
          ...['run', `${stack.gateway}/-/openapi.json`, '--no-color', '--seed', '1'],
          ...['--max-examples', '4', '--workers', '2'],
          // What no schema can say: the shape of a tensor is that of its data, a text in base64 is UTF-8.
          ...['--checks', 'all', '--exclude-checks', 'positive_data_acceptance'],
          ...['--suppress-health-check', 'all', '--continue-on-failure', '--exclude-path', '/v1/misfit'],
        ],
        { cwd: stack.folder, timeout: 60_000, maxBuffer: 2 ** 26 },
      ).catch((error: unknown) => error as { readonly stdout: string })
      const [, generated, passed] = /(\d+) generated, (\d+) passed\n/.exec(stdout) ?? []
      expect([passed, Number(generated) > 500], stdout.slice(-8_000)).toEqual([generated, true])
    })
  },
)

const missingBrowser = missingComponents('chromium')

describe.skipIf(missingBrowser !== false)(
  `the page at /-/docs in a browser${missingBrowser === false ? '' : ` (${missingBrowser})`}`,
  () => {
    let browser: Browser
    let proxy: Server

    beforeAll(async () => {
      browser = await launchBrowser()
      proxy = await startPrefixProxy('/names', stack.gateway)
    })
    afterAll(async () => {
      await browser.close()
      proxy.close()
    })

    /** The page, what was wrong in it, and what it has loaded. */
    const open = async (url: string): Promise<{ page: Page; faults: string[]; loaded: string[] }> => {
      const page = await browser.newPage()
      const faults: string[] = []
      const loaded: string[] = []
      page.on('console', (message) => faults.push(message.text()))
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('request', (request) => loaded.push(request.url()))
      await page.goto(url)
      await page.locator('.opblock').first().waitFor()
      return { page, faults, loaded }
    }

    /** Tries a route with the values that the document has for it, and gives what the page shows of the answer. */
    const tryRoute = async (
      page: Page,
      path: string,
    ): Promise<{ status: string; body: string; url: string }> => {
      const block = page.locator('.opblock', { has: page.locator(`[data-path="${path}"]`) })
      await block.locator('.opblock-summary-control').click()
      await block.locator('button.execute').click()
      const answer = block.locator('.live-responses-table')
      await answer.waitFor()
      return {
        status: (await answer.locator('.response-col_status').last().innerText()).trim(),
        body: await answer.locator('.response-col_description .highlight-code').first().innerText(),
        url: await block.locator('.request-url').innerText(),
      }
    }

    test('shows the routes and tries them, and loads nothing from elsewhere', async () => {
      const { page, faults, loaded } = await open(`${stack.gateway}/-/docs`)
      const label = await tryRoute(page, '/v1/label')
      expect(label.status).toMatch(/^200/)
      expect(label.body).toContain('__label__name')
      expect(label.url).toContain(`${stack.gateway}/v1/label`)
      const infer = await tryRoute(page, '/v2/models/{model}/infer')
      expect([infer.status.slice(0, 3), infer.body.includes('model_version')]).toEqual(['200', true])
      await page.screenshot({ path: process.env['DOCS_SCREENSHOT'] ?? `${stack.folder}/docs.png` })
      // What a schema or a path contains is shown as text.
      expect(await page.title()).toBe('Changeover: routes')
      expect(await page.locator('img[src="x"], .opblock b').count()).toBe(0)
      expect(loaded.filter((url) => !url.startsWith(stack.gateway) && !url.startsWith('data:'))).toEqual([])
      expect(faults).toEqual([])
    })

    test('works under the prefix of a proxy, from its address with a slash at the end too', async () => {
      const { port } = proxy.address() as AddressInfo
      const base = `http://127.0.0.1:${port}/names`
      const { page, faults } = await open(`${base}/-/docs/`)
      const label = await tryRoute(page, '/v1/label')
      expect(label.url).toContain(`${base}/v1/label`)
      expect(label.status).toMatch(/^200/)
      expect(faults).toEqual([])
    })

    test('is linked from the page at /, whose policy allows what it has', async () => {
      const page = await browser.newPage()
      const faults: string[] = []
      page.on('console', (message) => faults.push(message.text()))
      await page.goto(stack.gateway)
      await page.getByRole('link', { name: 'try them' }).click()
      await page.locator('.opblock').first().waitFor()
      expect(faults).toEqual([])
    })
  },
)

test('after a reload the document is that of the new service', async () => {
  writeFileSync(join(stack.folder, 'service.ts'), service.replace('/v1/notes/:id', '/v2/notes/:id'))
  expect((await stack.cli('reload')).code).toBe(0)
  const paths = Object.keys((await documentAt(stack.gateway)).paths)
  expect(paths).toContain('/v2/notes/{id}')
  expect(paths).not.toContain('/v1/notes/{id}')
})

/** A proxy that serves another server under a prefix, which it takes away. */
async function startPrefixProxy(prefix: string, target: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { url = '', method, headers } = request
    if (!url.startsWith(`${prefix}/`)) {
      response.writeHead(404).end()
      return
    }
    const forwarded = askHttp(target + url.slice(prefix.length), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
