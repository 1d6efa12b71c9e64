import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { launchBrowser } from '../support/browser.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const missing = missingComponents('chromium')

describe.skipIf(missing !== false)(
  `the page at / in a browser${missing === false ? '' : ` (${missing})`}`,
  () => {
    let stack: Stack
    let browser: Browser

    beforeAll(async () => {
      stack = await startStack()
      browser = await launchBrowser()
    })
    afterAll(async () => {
      await browser.close()
      await stack.stop()
    })

    test('shows what is served, by which version, since when, without an error in its console', async () => {
      const page = await browser.newPage()
      const faults: string[] = []
      page.on('console', (message) => faults.push(message.text()))
      page.on('pageerror', (error) => faults.push(error.message))
      await page.goto(stack.gateway)
      expect(await page.title()).toBe('Changeover')
      const cells = await page.locator('tbody td').allTextContents()
      expect(cells).toEqual([
        'name_question',
        '1795419027',
        expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
      ])
      expect(await page.locator('li').allTextContents()).toEqual(['POST /v1/is_name_question/'])
      await page.screenshot({ path: process.env['PAGE_SCREENSHOT'] ?? `${stack.folder}/page.png` })
      expect(faults).toEqual([])
    })

    test('asks a model about a text, and says how a shell does', async () => {
      const page = await browser.newPage()
      await page.goto(stack.gateway)
      await page.getByLabel('Text').fill("您贵姓 '<b>'")
      const line = (await page.locator('#shell').textContent()) ?? ''
      await page.getByRole('button', { name: 'Predict' }).click()
      const result = page.locator('#result')
      await result.getByText('name_question@1795419027').waitFor()
      const [best, share] = await result.locator('td').allTextContents()
      expect(best).toBe('__label__name')
      expect(share).toMatch(/^\d+\.\d %$/)
      const { stdout } = await promisify(execFile)('sh', ['-c', line])
      expect(JSON.parse(stdout)).toMatchObject({ predictions: [{ labels: [best] }] })
    })

    test('shows why a model does not answer', async () => {
      const page = await browser.newPage()
      await page.goto(stack.gateway)
      await page.evaluate("document.querySelector('option').value = 'unknown'")
      await page.getByRole('button', { name: 'Predict' }).click()
      await page.locator('#result').getByText('no version of the model unknown is served').waitFor()
    })
  },
)
