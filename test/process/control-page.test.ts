import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { swapLabels } from '../../harness/models/swap-labels.ts'
import { exampleFolder, firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { launchBrowser } from '../support/browser.ts'
import { readTestSet } from '../support/corpus.ts'
import { expectedAnswers } from '../support/expected-answers.ts'
import type { Load, Outcome } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const missing = missingComponents('chromium')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const [look, change] = ['l'.repeat(40), 'c'.repeat(40)]
const [first, second, wrong] = ['1795419027', '1795419028', '1795419029']
const maxBytes = 150_000
const maxFirstPaintMs = 1_000

/** Texts that both versions answer alike, or differently. */
function textsOf(areAlike: boolean): string[] {
  const utterances = readTestSet()
  const answers = expectedAnswers(utterances)
  const [before, after] = [first, second].map((version) => answers.get(`name_question@${version}`))
  return utterances
    .filter((_, index) => (before?.[index] === after?.[index]) === areAlike)
    .map(({ text }) => text)
}

test('the page is small', () => {
  const folder = 'dist/page'
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(maxBytes)
})

describe.skipIf(missing !== false)(
  `the page of the control API${missing === false ? '' : ` (${missing})`}`,
  () => {
    let stack: Stack
    let browser: Browser
    let url: string
    let load: Load | undefined
    const outcomes: Outcome[] = []
    const folder = mkdtempSync(join(tmpdir(), 'changeover-page-'))
    /** What a page must not do: whatever it asks of another origin, and what it reports in its console. */
    const faults: string[] = []

    const write = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content, { mode: 0o600 })
      return join(folder, name)
    }
    const send = async (texts: readonly string[]): Promise<void> => {
      outcomes.push(...((await load?.stop()) ?? []))
      load = startLoad(stack.gateway + routePath, 2, (id) =>
        JSON.stringify({ text: [[texts[id % texts.length], 5]] }),
      )
      await until('what is usual is known', () => (load?.outcomes.length ?? 0) > 400)
    }

    beforeAll(async () => {
      const tokens = `{ look: ${write('look', `viewer ${look}\n`)}, change: ${write('change', `alice ${change}\n`)} }`
      const started = await Promise.all([
        startStack({
          bakeMs: 1_000,
          model: `initial: ${firstModel}
    tokenizer: jieba
    record: { share: 1 }
    gates: { golden: { file: ${join(exampleFolder, 'corpus/test.txt')}, minAccuracy: 0.8 }, agreement: { maxChanged: 1 } }`,
          config: `control: { bind: '127.0.0.1:0', tokens: ${tokens} }`,
        }),
        launchBrowser(),
      ])
      ;[stack, browser] = started
      url = `${/ready; control API at .*? and (http:\/\/127\.0\.0\.1:\d+)/.exec(stack.log())?.[1] ?? ''}/`
      const note = `<img src=x onerror="document.title='bad'">\u202e${'长'.repeat(10_000)}`
      const models = [
        [secondModel, second, 'trained on more names'],
        [write(`name_question_${wrong}.bin`, swapLabels(readFileSync(secondModel))), wrong, note],
      ] as const
      for (const [file, , text] of models)
        expect(await stack.cli('publish', file, '--note', text)).toMatchObject({ code: 0 })
      await send(textsOf(true))
    })
    afterAll(async () => {
      await load?.stop()
      await browser.close()
      expect(await stack.stop()).toBe(0)
      rmSync(folder, { recursive: true })
    })

    const open = async (token: string | undefined, options: BrowserContextOptions = {}): Promise<Page> => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      const page = await context.newPage()
      page.on('request', (request) => {
        if (!request.url().startsWith(url)) faults.push(request.url())
      })
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        // The browser reports an answer of 401 or 403 by itself.
        if (!/status of 40[13]|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION/.test(message.text()))
          faults.push(message.text())
      })
      await page.goto(url)
      if (token !== undefined) {
        await page.locator('#token').fill(token)
        await page.keyboard.press('Enter')
        await page.locator('nav').waitFor()
        await page.locator('.tiles').waitFor()
      }
      return page
    }
    /** What axe finds that keeps people out. */
    const check = async (page: Page): Promise<void> => {
      await page.evaluate(axe)
      const found = await page.evaluate<string[]>(
        `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' | ')))`,
      )
      expect(found).toEqual([])
    }
    const model = 'name_question'

    test('asks for a token, keeps it in its tab, and offers no change to one that may only look', async () => {
      const page = await open(undefined)
      // On a busy machine the page may be loaded before it is painted.
      const paintMs = await page.evaluate<number>(
        `new Promise((found) => new PerformanceObserver((list) => {
          const [paint] = list.getEntriesByName('first-contentful-paint')
          if (paint !== undefined) found(paint.startTime)
        }).observe({ type: 'paint', buffered: true }))`,
      )
      expect(paintMs).toBeGreaterThan(0)
      expect(paintMs).toBeLessThan(maxFirstPaintMs)
      await check(page)
      await page.locator('#token').fill('x'.repeat(40))
      await page.keyboard.press('Enter')
      await page.getByText('This token is not known').waitFor()
      await page.locator('#token').fill(look)
      await page.keyboard.press('Enter')
      await page.getByText('view only').waitFor()
      const rollback = page.getByRole('button', { name: `Deploy… ${model}` })
      expect(await rollback.isDisabled()).toBe(true)
      expect(await page.evaluate('[document.cookie, localStorage.length, location.search]')).toEqual([
        '',
        0,
        '',
      ])
      await page.reload()
      await page.getByText('view only').waitFor()
      await page.goto(`${url}#/compare`)
      await page.getByText('Recorded texts are what people said.').waitFor()
      const refused = await page.evaluate(
        `fetch('v1/compare', { method: 'POST', headers: { authorization: 'Bearer ${look}' }, body: JSON.stringify({ model: '${model}', a: '${first}', b: '${second}' }) }).then(({ status }) => status)`,
      )
      expect(refused).toBe(403)
      await page.context().close()
    })

    test('no request of a page has left the machine, none was answered wrongly, and nothing was reported', async () => {
      outcomes.push(...((await load?.stop()) ?? []))
      expect(outcomes.filter(({ status }) => status !== 200)).toEqual([])
      expect(faults).toEqual([])
    })
  },
)
