import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { swapLabels } from '../../harness/models/swap-labels.ts'
import { exampleFolder, firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import type { StreamEvent } from '../../src/contracts/index.ts'
import { launchBrowser } from '../support/browser.ts'
import { readTestSet } from '../support/corpus.ts'
import { expectedAnswers } from '../support/expected-answers.ts'
import type { Load, Outcome } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const missing = missingComponents('chromium')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = 'artefacts/page'
const [look, change] = ['l'.repeat(40), 'c'.repeat(40)]
const [first, second, wrong, shifted] = ['1795419027', '1795419028', '1795419029', '1795419030']
const views = ['overview', 'versions', 'compare', 'history'] as const
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
      mkdirSync(shots, { recursive: true })
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
        // The browser reports an answer of 401 by itself.
        if (!/status of 401|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION/.test(message.text()))
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
    const shoot = (page: Page, name: string): Promise<unknown> =>
      page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
    /** What axe finds that keeps people out. */
    const check = async (page: Page): Promise<void> => {
      await page.evaluate(axe)
      const found = await page.evaluate<string[]>(
        `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' | ')))`,
      )
      expect(found).toEqual([])
    }
    const active = async (): Promise<string | undefined> => (await stack.status()).models[0]?.active
    const model = 'name_question'

    test('asks for a token, keeps it in its tab, and offers no change to one that may only look', async () => {
      const page = await open(undefined)
      const paintMs = await page.evaluate(
        `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0`,
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

    test('deploys under load, and shows the steps and the receipt', async () => {
      const page = await open(change, { locale: 'en-GB' })
      await page.getByRole('button', { name: `Deploy… ${model}` }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Version').selectOption(second)
      await dialog.getByText(`This takes ${model} from ${first} to ${second}.`).waitFor()
      await check(page)
      await dialog.getByLabel('Reason').fill('<b>better</b>')
      await dialog.getByRole('button', { name: `Deploy ${second}` }).click()
      await page.getByText('gate golden').waitFor()
      await page.getByText(`${model}@${second} serves.`).waitFor()
      await page.locator('summary', { hasText: 'What callers noticed' }).first().click()
      await page.getByText('Longest gap').waitFor()
      expect(await active()).toBe(second)
      await page.locator('.version', { hasText: second }).first().waitFor()
      await page.getByText('Labels', { exact: true }).waitFor()
      await until(
        'figures have come',
        async () => !(await page.locator('.tiles').textContent())?.includes('–'),
      )
      await shoot(page, 'deployed')
      await page.goto(`${url}#/history`)
      await page.getByText('<b>better</b>').waitFor()
      await page.context().close()
    })

    test('in Chinese: a gate stops a deploy, and a rollback asks what will change and does it', async () => {
      const page = await open(change, { locale: 'zh-CN' })
      await page.goto(`${url}#/versions/${model}`)
      await page.getByRole('button', { name: `部署… ${wrong}` }).click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: `部署 ${wrong}` })
        .click()
      await page.getByText('没有执行').or(page.locator('body:not(:has(dialog[open]))')).first().waitFor()
      await page.goto(`${url}#/overview`)
      await page.getByText(/没有成功：.*golden/).waitFor()
      expect(await active()).toBe(second)
      await page.getByRole('button', { name: `回滚… ${model}` }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText(`${model} 将从 ${second} 换到 ${first}。`).waitFor()
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
      expect(await active()).toBe(second)
      await page.keyboard.press('Enter')
      await dialog.getByRole('button', { name: `回滚到 ${first}` }).click()
      await page.getByText(`${model}@${first} 已开始服务。`).waitFor()
      expect(await active()).toBe(first)
      await page.context().close()
    })

    test('shows a deploy that the command line began, and that the bake undoes', async () => {
      const page = await open(look, { locale: 'en-GB', colorScheme: 'dark' })
      await send(textsOf(false))
      const file = join(folder, `name_question_${shifted}.bin`)
      copyFileSync(secondModel, file)
      const deployed = stack.cli('deploy', file, '--why', 'from a script')
      await page.getByRole('heading', { name: `Deploy of ${model}@${shifted}` }).waitFor()
      await page.getByText('Ended without success').waitFor()
      expect((await deployed).code).not.toBe(0)
      expect(await page.getByText('from a script').count()).toBe(1)
      expect(await page.getByText('bake primary').count()).toBeGreaterThan(0)
      expect(await active()).toBe(first)
      await shoot(page, 'undone-dark')
      await check(page)
      await page.context().close()
    })

    test('compares two versions on what was recorded, and tries one text on both', async () => {
      const page = await open(change, { locale: 'en-GB' })
      await page.goto(`${url}#/compare/${model}/${first}/${second}`)
      await page.getByRole('button', { name: 'Compare', exact: true }).click()
      await page.getByText('The changed texts').first().waitFor()
      expect(await page.locator('.features .chip').count()).toBeGreaterThan(0)
      await page.getByLabel('Text').fill(textsOf(false)[0] ?? '')
      await page.getByRole('button', { name: 'Try' }).click()
      await page.getByText('What made the difference').waitFor()
      await check(page)
      await shoot(page, 'compared')
      await page.context().close()
    })

    test('has every view for keyboards and screen readers, wide and narrow, light and dark, in both languages', async () => {
      for (const [name, options] of [
        ['wide', { locale: 'en-GB', colorScheme: 'light' }],
        ['dark', { locale: 'zh-CN', colorScheme: 'dark' }],
        ['narrow', { locale: 'en-GB', viewport: { width: 360, height: 780 } }],
      ] as const) {
        const page = await open(change, options)
        for (const view of views) {
          await page.locator(`nav a[href="#/${view}"]`).press('Enter')
          await page.locator(`nav a[href="#/${view}"][aria-current]`).waitFor()
          await page.locator('main h2').first().waitFor()
          if (view === 'versions') await page.locator('.beside').waitFor()
          await check(page)
          await shoot(page, `${name}-${view}`)
          expect(
            await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
          ).toBeLessThanOrEqual(0)
        }
        expect(await page.title()).not.toContain('bad')
        await page.context().close()
      }
    })

    test('shows a thousand models, and what hostile names and labels try, without doing it', async () => {
      const page = await open(undefined, { viewport: { width: 360, height: 780 } })
      const evil = `<img src=x onerror="document.title='bad'">\u202etxt.exe${'字'.repeat(10_000)}`
      const status = {
        ...{
          pid: 1,
          startedAtMs: 0,
          configPath: evil,
          damaged: [{ model: evil, version: evil, why: evil, servedInstead: null }],
        },
        models: Array.from({ length: 1_000 }, (_, i) => ({
          ...{ model: i === 0 ? evil : `m${i}`, active: i === 1 ? null : evil, previous: evil, sinceMs: 0 },
        })),
        ...{
          rollout: evil,
          instances: [],
          gateway: { address: '', grpcAddress: null, restarts: 0, process: null },
        },
      }
      const labels = Array.from({ length: 6 }, (_, i) => [`${i}${evil}`, i] as const)
      const figures = {
        ...{ atMs: Date.now() - 86_400_000, durationMs: 1_000, gateway: null, processes: [] },
        models: [
          {
            model: evil,
            version: evil,
            predictionsPerSecond: 9,
            meanConfidence: 1,
            unknownWordShare: 0,
            labels,
            otherPerSecond: 9,
          },
        ],
      }
      const time = { atMs: Date.now() - 86_400_000, upMs: 1 }
      const snapshot: StreamEvent = {
        ...time,
        type: 'snapshot',
        status,
        deploys: [],
        series: [figures],
        history: [],
      }
      await page.route('**/v1/events', (route) => route.fulfill({ body: `${JSON.stringify(snapshot)}\n` }))
      await page.locator('#token').fill(look)
      await page.keyboard.press('Enter')
      await page.getByText('1000 of 1000 models').waitFor()
      await page.getByText('Connection lost').last().waitFor()
      expect(await page.locator('main.stale').count()).toBe(1)
      await page.getByLabel('Filter by name').fill('m999')
      await page.getByText('1 of 1000 models').waitFor()
      expect(await page.title()).not.toContain('bad')
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      await shoot(page, 'hostile-narrow')
      await page.context().close()
    })

    test('says that the connection is lost while the supervisor hangs, and is live again after it', async () => {
      const page = await open(look, { locale: 'en-GB' })
      await page.getByText('live', { exact: true }).waitFor()
      process.kill(stack.supervisor.pid ?? 0, 'SIGSTOP')
      try {
        await page.locator('main.stale').waitFor()
        await page.getByText(/The numbers below are from \d\d:\d\d:\d\d/).waitFor()
        await shoot(page, 'lost')
        await check(page)
      } finally {
        process.kill(stack.supervisor.pid ?? 0, 'SIGCONT')
      }
      await page.locator('main:not(.stale)').waitFor()
      await page.context().close()
    })

    test('a hundred pages cost the supervisor little', async () => {
      const leaving = new AbortController()
      const readers = Array.from({ length: 100 }, async () => {
        const response = await fetch(`${url}v1/events`, {
          headers: { authorization: `Bearer ${look}` },
          signal: leaving.signal,
        })
        const reader = response.body?.getReader()
        while (!leaving.signal.aborted) await reader?.read().catch(() => undefined)
      })
      const cpuMs = (): number => {
        const fields =
          readFileSync(`/proc/${stack.supervisor.pid ?? 0}/stat`, 'utf8')
            .split(') ')[1]
            ?.split(' ') ?? []
        return (Number(fields[11]) + Number(fields[12])) * 10
      }
      await until('all of them read', async () => {
        const refused = await fetch(`${url}v1/events`, { headers: { authorization: `Bearer ${look}` } })
        await refused.body?.cancel()
        return refused.status === 503
      })
      const [beforeMs, sinceMs] = [cpuMs(), performance.now()]
      await until('some seconds have passed', () => performance.now() - sinceMs > 3_000)
      const share = (cpuMs() - beforeMs) / (performance.now() - sinceMs)
      leaving.abort()
      await Promise.all(readers)
      expect(share).toBeLessThan(0.25)
    })

    test('no request of a page has left the machine, none was answered wrongly, and nothing was reported', async () => {
      outcomes.push(...((await load?.stop()) ?? []))
      expect(outcomes.filter(({ status }) => status !== 200)).toEqual([])
      expect(faults).toEqual([])
    })
  },
)
