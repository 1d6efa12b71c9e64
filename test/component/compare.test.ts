import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { cliPath, exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import type { ExplainedComparison } from '../../src/compare/index.ts'
import type { Explanation } from '../../src/engine/fasttext/index.ts'
import type { Comparison } from '../../src/gates/judge/index.ts'
import { readTestSet } from '../support/corpus.ts'
import { recordTexts } from '../support/record-texts.ts'

const testSet = join(exampleFolder, 'corpus/test.txt')
const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>&amp;'

describe('compare', () => {
  let folder: string
  let configPath: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-compare-'))
    configPath = join(folder, 'changeover.yaml')
    writeFileSync(
      configPath,
      `service: ${join(exampleFolder, 'service.ts')}\nmodels: { name_question: { tokenizer: jieba } }\n`,
    )
    expect((await runCli(['publish', '-c', configPath, firstModel])).code).toBe(0)
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const compare = (...args: readonly string[]) =>
    runCli(['compare', '-c', configPath, 'name_question', '1795419027', secondModel, ...args])

  /** A file of `length` texts, all different. */
  const many = (length: number): string => {
    const texts = readTestSet().map(({ text }) => text)
    const file = join(folder, 'many.txt')
    const lines = Array.from({ length }, (_, i) => `${texts[i % texts.length] ?? ''}${i}\n`)
    writeFileSync(file, lines.join(''))
    return file
  }

  test('shows how many answers change, from which label to which, the accuracy, and the texts', async () => {
    const { code, stdout } = await compare('--on', testSet)
    expect(code).toBe(0)
    expect(stdout).toContain('27 of 163 answers change (16.6 %)')
    expect(stdout).toMatch(/__label__name +__label__other +21\n__label__other +__label__name +6\n/)
    expect(stdout).toMatch(/__label__name +66 +61 \(92\.4 %\) +62 \(93\.9 %\) +3 +2\n/)
    expect(stdout).toMatch(/all +163 +135 \(82\.8 %\) +152 \(93\.3 %\) +22 +5\n/)
    const shown = stdout.split('the 20 most surprising changes\n')[1]?.split('\n') ?? []
    expect(shown).toHaveLength(22)
    expect(shown[1]).toMatch(
      /^请问您还有其他问题吗？ +__label__name 0\.907 +__label__other 0\.971 +__label__other +\S.* \+\d+\.\d\d, /,
    )
  })

  test('shows nothing that a terminal would obey, and no endless text', async () => {
    const file = join(folder, 'odd.txt')
    writeFileSync(file, `您的电话是？\u001b[2J${'啊'.repeat(200)}\n`)
    const { stdout } = await compare('--on', file)
    expect(stdout).toContain('1 of 1 answers change')
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toMatch(/您的电话是？·\[2J啊{50}… /)
  })

  test('prints one JSON object, with every changed text, most surprising first', async () => {
    const { stdout } = await compare('--on', testSet, '--json')
    const result = JSON.parse(stdout) as Comparison & { readonly model: string; readonly a: string }
    expect(result).toMatchObject({ model: 'name_question', a: '1795419027', texts: 163, changed: 27 })
    const surprises = result.changes.map(
      ({ before, after }) => (before?.probability ?? 1) * (after?.probability ?? 1),
    )
    expect(surprises).toHaveLength(27)
    expect(surprises).toEqual(surprises.toSorted((a, b) => b - a))
    const truths = new Map(readTestSet().map(({ text, label }) => [text, label]))
    for (const { text, truth } of result.changes) expect(truth).toEqual([truths.get(text)])
  })

  test('says which features made the difference, by how much', async () => {
    const { stdout } = await compare('--on', testSet, '--json')
    const { changes } = JSON.parse(stdout) as ExplainedComparison
    const word = /请问您还有其他问题吗/
    const { because = [], text } = changes.find((change) => word.test(change.text)) ?? { text: '' }
    expect(because.length).toBeGreaterThan(2)
    expect(because.map(({ score }) => score)).toEqual(
      because.map(({ score }) => score).toSorted((a, b) => b - a),
    )
    for (const feature of because.filter(({ kind }) => kind === 'word'))
      expect(feature.text === '</s>' || text.includes(feature.text)).toBe(true)
    // The parts are those that `explain` prints of either version.
    const label = (name: string) => ['--label', `__label__${name}`, '--limit', '1000', '--json']
    const score = async (model: string, name: string, feature: string): Promise<number> => {
      const told = await runCli(['explain', '-c', configPath, model, text, ...label(name)])
      const [explanation] = (JSON.parse(told.stdout) as { explanations: Explanation[] }).explanations
      const found = explanation?.path === undefined ? explanation?.contributions : []
      return found?.find((one) => one.text === feature && one.kind === 'word')?.score ?? 0
    }
    const [word0] = because.filter(({ kind }) => kind === 'word')
    const of = (model: string, name: string): Promise<number> => score(model, name, word0?.text ?? '')
    const margin = async (model: string): Promise<number> =>
      (await of(model, 'other')) - (await of(model, 'name'))
    expect((await margin(secondModel)) - (await margin('name_question@1795419027'))).toBeCloseTo(
      word0?.score ?? NaN,
      5,
    )
  })

  test('takes what was recorded of live traffic, which has no right labels', async () => {
    const none = await compare('--on', 'recorded')
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('`record: {}`')])
    await recordTexts(
      join(folder, '.changeover/record'),
      'name_question',
      readTestSet().map(({ text }) => text),
    )
    const { stdout } = await compare('--on', 'recorded')
    expect(stdout).toContain('27 of 163 answers change (16.6 %)')
    expect(stdout).not.toContain('right before')
  })

  test('takes a recorded text of several lines for one text, and shows it in one', async () => {
    const texts = readTestSet().map(({ text }) => text)
    const pairs = texts.slice(1).map((text, i) => [texts[i] ?? '', text])
    const own = join(folder, 'several')
    mkdirSync(own)
    const config = join(own, 'changeover.yaml')
    writeFileSync(config, `service: ${join(exampleFolder, 'service.ts')}\nmodels: { name_question: { tokenizer: jieba } }\n`) // prettier-ignore
    await recordTexts(
      join(own, '.changeover/record'),
      'name_question',
      pairs.map((pair) => pair.join('\r\n')),
    )
    const file = join(own, 'one-line.txt')
    writeFileSync(file, pairs.map((pair) => `${pair.join(' ')}\n`).join(''))
    const both = ['compare', '-c', config, 'name_question', firstModel, secondModel, '--on']
    const read = async (on: string): Promise<Comparison> =>
      JSON.parse((await runCli([...both, on, '--json'])).stdout) as Comparison
    const [recorded, lines] = [await read('recorded'), await read(file)]
    expect(recorded.changed).toBeGreaterThan(5)
    expect(recorded.changes.map(({ text }) => text.replace('\r\n', ' ')).sort()).toEqual(
      lines.changes.map(({ text }) => text).sort(),
    )
    expect(recorded.transitions).toEqual(lines.transitions)
    const { stdout } = await runCli([...both, 'recorded'])
    expect(stdout.split('surprising changes\n')[1]?.split('\n')).toHaveLength(22)
  })

  test('answers 100,000 texts with both versions in less than ten seconds', async () => {
    const file = many(100_000)
    const begunMs = performance.now()
    const { stdout } = await compare('--on', file)
    expect(performance.now() - begunMs).toBeLessThan(10_000)
    expect(stdout).toMatch(/of 100000 answers change/)
  })

  test('shows a bar on a terminal, for what takes longer than a second', () => {
    const args = [
      'compare',
      '-c',
      configPath,
      'name_question',
      '1795419027',
      secondModel,
      '--on',
      many(200_000),
    ]
    const command = [process.execPath, cliPath, ...args, '--json'].join(' ')
    const file = join(folder, 'typescript')
    execFileSync('script', ['--quiet', '--return', '--command', `${command} > /dev/null`, file])
    expect(readFileSync(file, 'utf8')).toMatch(/\r█+░* \d+ %/)
  })

  test('names what cannot be compared', async () => {
    const unknown = ['compare', '-c', configPath, 'name_question', '1795419027', '1', '--on', testSet]
    expect((await runCli(unknown)).stderr).toContain('name_question@1 is not in the store')
    expect((await compare('--on', join(folder, 'none.txt'))).code).toBe(2)
    expect((await compare()).stderr).toContain("required option '--on <file>'")
  })

  const missing = missingComponents('chromium')
  test.skipIf(missing !== false)(
    `writes one page that needs nothing else and runs nothing, light and dark${missing === false ? '' : ` (${missing})`}`,
    async () => {
      const texts = join(folder, 'hostile.txt')
      const changed = readTestSet().map(({ text, label }) => `${label} ${text} ${hostile}`)
      writeFileSync(texts, `${changed.join('\n')}\n${readFileSync(testSet, 'utf8')}`)
      const file = join(folder, 'page.html')
      expect((await compare('--on', texts, '--html', file)).code).toBe(0)
      const browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
      })
      try {
        const colours = new Set<string>()
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await browser.newPage({ colorScheme })
          const faults: string[] = []
          const requests: string[] = []
          page.on('console', (message) => faults.push(message.text()))
          page.on('request', (request) => requests.push(request.url()))
          const url = pathToFileURL(file).href
          await page.goto(url)
          expect(requests).toEqual([url])
          expect(faults).toEqual([])
          expect(await page.title()).toBe(`name_question: 1795419027 → ${secondModel}`)
          expect(await page.locator('body').innerText()).toContain(hostile)
          expect(await page.locator('tbody tr').count()).toBeGreaterThan(30)
          colours.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
          await page.close()
        }
        expect(colours.size).toBe(2)
      } finally {
        await browser.close()
      }
    },
  )
})
