import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { cliPath, firstModel, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { Dev } from '../support/dev.ts'
import { removeDev, startDev } from '../support/dev.ts'
import { startLoad } from '../support/load.ts'

const config = (models = '{}'): string => `service: service.ts
models: ${models}
gateway: { bind: '127.0.0.1:0' }
primary: { bind: '127.0.0.1:0' }
backup: { bind: '127.0.0.1:0' }
rollout: { bakeMs: 2500 }
`

const service = `import { defineService, Type } from 'changeover'
import { plain } from './plain.mjs'
import { word } from './word'

export default defineService((routes) => {
  routes.post('/word', { body: Type.Unknown() }, () => word + plain)
  routes.get('/mode', () => process.env['CHANGEOVER_MODE'])
  routes.get('/label', { answer: Type.Object({ label: Type.String() }) }, ({ model }) => ({
    label: model('name_question').top('您贵姓') && (word === 'wrong' ? 5 : 'right'),
  }) as never)
  routes.get('/fail', () => { throw new Error('out of order') })
})
`
const wordOf = (word: string): string => `export const word: string = '${word}'\n`

describe('a stack of changeover dev', () => {
  let dev: Dev
  const save = (name: string, text: string): void => dev.save(name, text)
  const get = (path: string): Promise<string> => fetch(dev.gateway() + path).then((answer) => answer.text())
  const word = (): Promise<string> =>
    fetch(`${dev.gateway()}/word`, { method: 'POST', body: '1' }).then((answer) => answer.text())

  beforeAll(() => {
    dev = startDev({
      'changeover.yaml': config('{ name_question: { initial: name_question.bin, tokenizer: jieba } }'),
      'service.ts': service.replace('import { word }', 'import { word'),
      'word.ts': wordOf('first'),
      'plain.mjs': `import { mark } from './mark.mjs'\nexport const plain = mark\n`,
      'mark.mjs': `export const mark = '!'\n`,
    })
    copyFileSync(firstModel, join(dev.folder, 'name_question.bin'))
  })
  afterAll(async () => {
    await dev.kill('SIGKILL')
    await until('nothing is left of it', () => dev.processes().length === 0)
    removeDev(dev)
  })

  test('waits for a service file that can be loaded, and shows what is wrong with this one', async () => {
    const shown = await dev.after(() => undefined, 'Nothing is served yet; save a file')
    expect(shown).toMatch(
      /✗ service\.ts:3:15: ParseError: .*\n\n[^]*> 3 \| import \{ word from '.\/word'\n +\| {15}\^/,
    )
    await dev.after(() => save('service.ts', service), 'is served at once')
    expect(dev.printed()).toContain('changeover.yaml, mark.mjs, plain.mjs, service.ts, word.ts')
    expect(await word()).toBe('first!')
    expect(await get('/mode')).toBe('development')
  })

  test('serves what is saved, several files at once or in parts, and loses no request', async () => {
    const load = startLoad(`${dev.gateway()}/word`, 4, () => '1')
    const shown = await dev.after(() => {
      // One that Node imports itself, too.
      save('mark.mjs', `export const mark = '?'\n`)
      save('word.ts', wordOf('second'))
    }, '] reloaded')
    expect(shown).toMatch(/\] (mark\.mjs, word\.ts|word\.ts, mark\.mjs) changed\n/)
    expect(await word()).toBe('second?')
    await dev.after(() => {
      const file = join(dev.folder, 'word.ts')
      writeFileSync(file, '')
      writeFileSync(file, wordOf('third'))
    }, '] reloaded')
    expect(await word()).toBe('third?')
    const outcomes = await load.stop()
    const known = ['first!', 'second?', 'third?']
    expect(outcomes.filter(({ status, answer }) => status !== 200 || !known.includes(answer))).toEqual([])
    expect(new Set(outcomes.map(({ answer }) => answer)).size).toBe(3)
  })

  test('shows a fault where it is, and a file that is missing; serves on, and takes the mended file', async () => {
    const bad = `${wordOf('bad')}\nthrow new Error('no word')\n`
    const shown = await dev.after(() => save('word.ts', bad), 'goes on serving')
    expect(shown).toMatch(/✗ word\.ts:3:7: no word\n\n[^]*> 3 \| throw new Error\('no word'\)\n +\| {7}\^/)
    const missed = await dev.after(() => rmSync(join(dev.folder, 'word.ts')), 'goes on serving')
    expect(missed).toMatch(/✗ service\.ts:3:\d+: Cannot find module '\.\/word'/)
    const other = await dev.after(() => save('service.ts', service.replace('./word', './terms')), 'goes on')
    expect(other).toMatch(/Cannot find module '\.\/terms'/)
    expect(await word()).toBe('third?')
    await dev.after(() => save('terms.ts', wordOf('fourth')), '] reloaded')
    expect(await word()).toBe('fourth?')
  })

  test('shows what is wrong with the configuration; checks answers, and logs failures with the lines of the service', async () => {
    const before = readFileSync(join(dev.folder, 'changeover.yaml'), 'utf8')
    const shown = await dev.after(() => save('changeover.yaml', `${before}nonsense: 1\n`), 'goes on serving')
    expect(shown).toContain('changeover.yaml:7: nonsense is not a key here')
    expect(await get('/label')).toBe('{"label":"right"}')
    await dev.after(() => {
      save('changeover.yaml', before)
      save('terms.ts', wordOf('wrong'))
    }, '] reloaded')
    expect(await get('/label')).toContain('the answer of GET /label at /label must be string')
    const failed = await dev.after(() => void get('/fail'), 'service.ts:')
    expect(failed).toMatch(
      /GET \/fail failed: Error: out of order \(request \w+\)\n +at .*\/service\.ts:11:\d+\n$/,
    )
  })

  test('what is saved during a rollout is loaded when that has ended', async () => {
    const deployed = runCli(['deploy', secondModel], { cwd: dev.folder })
    await until('the rollout has begun', async () => {
      const { stdout } = await runCli(['status', '--json'], { cwd: dev.folder })
      return (JSON.parse(stdout) as { rollout: string | null }).rollout !== null
    })
    const shown = await dev.after(() => save('terms.ts', wordOf('fifth')), '] reloaded')
    expect(shown).toContain('it is loaded when the deploy of name_question@1795419028 has ended')
    expect((await deployed).code).toBe(0)
    expect(await word()).toBe('fifth?')
  })

  test('another initial file is deployed, also if it was saved with a fault that is mended later', async () => {
    await dev.after(() => {
      copyFileSync(firstModel, join(dev.folder, 'name_question.bin'))
      save('terms.ts', 'nonsense(')
    }, 'goes on serving')
    await dev.after(() => save('terms.ts', wordOf('sixth')), 'could be compared')
    expect(await word()).toBe('sixth?')
    await until('the history has it', async () => {
      const { stdout } = await runCli(['history', '-n', '1'], { cwd: dev.folder })
      return /deploy +name_question@\d+ +1795419028 .* saved during `changeover dev`/.test(stdout)
    })
  })

  test('a second one in the same folder is refused', async () => {
    const { code, stderr } = await runCli(['dev'], { cwd: dev.folder })
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`a supervisor runs here already, as process ${dev.pid}`),
    ])
  })

  test('nothing survives a kill, or its terminal', async () => {
    expect(dev.processes().length).toBeGreaterThanOrEqual(3)
    expect(await dev.kill('SIGKILL')).toBeNull()
    await until('nothing is left of it', () => dev.processes().length === 0)
    dev = startDev({}, dev.folder)
    await dev.after(() => undefined, 'is served at once')
    expect(dev.processes().length).toBeGreaterThanOrEqual(3)
    expect(await dev.kill('SIGHUP')).toBe(0)
    expect(dev.processes()).toEqual([])
  })
})

test('Ctrl-C ends it while a service file does not finish loading', async () => {
  const dev = startDev({
    'changeover.yaml': config(),
    'service.ts': `console.error('loading'); await new Promise(() => setInterval(() => undefined, 1_000))`,
  })
  await dev.after(() => undefined, 'loading')
  expect(await dev.kill('SIGINT')).toBe(0)
  expect(dev.printed()).toBe('loading\n')
  removeDev(dev)
})

test('a stack whose supervisor was killed is left alone', async () => {
  const files = {
    'changeover.yaml': config(),
    'service.ts': `import { defineService } from 'changeover'\nexport default defineService(() => undefined)`,
  }
  const stack = startDev(files, undefined, [cliPath, 'up'])
  await stack.after(() => undefined, 'ready; control API')
  await stack.kill('SIGKILL')
  const { code, stderr } = await runCli(['dev'], { cwd: stack.folder })
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('`changeover down` stops them (already_running)'),
  ])
  expect(stack.processes()).toHaveLength(3)
  expect(await runCli(['down'], { cwd: stack.folder })).toMatchObject({ code: 0 })
  await until('nothing is left of it', () => stack.processes().length === 0)
  removeDev(stack)
})
