import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { cliPath, secondModel } from '../../harness/paths.ts'
import type { Dev } from '../support/dev.ts'
import { startDev } from '../support/dev.ts'

const run = promisify(execFile)
const root = join(dirname(cliPath), '../..')

/** A project with a model and this package installed, as a newcomer has it; below it is one without a model. */
let project: string
let below: string
const inProject = (program: string, ...args: string[]) =>
  run(join(project, 'node_modules/.bin', program), args, { cwd: project })

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-new-'))
  project = join(folder, 'names')
  below = join(project, 'topics')
  const args = ['new', project, '--model', secondModel, '--tokenizer', 'jieba']
  expect(await runCli(args)).toMatchObject({ code: 0, stderr: '' })
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const packed = join(folder, `changeover-${version}.tgz`)
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  await run('npm', ['install', ...flags, packed], { cwd: project })
  await inProject('changeover', 'new', 'topics')
})
afterAll(() => rmSync(dirname(project), { recursive: true, force: true }))

test('the tests pass, with a model and without one', async () => {
  const [withModel, without] = await Promise.all([
    run('npm', ['test'], { cwd: project }),
    run('npm', ['test'], { cwd: below }),
  ])
  expect(withModel.stdout).toMatch(/^# pass 3\n# fail 0$/m)
  expect(without.stdout).toMatch(/^# pass 2\n# fail 0$/m)
})

test('the types are right; a wrong one is found', async () => {
  const service = readFileSync(join(project, 'service.ts'), 'utf8')
  writeFileSync(join(project, 'wrong.ts'), service.replace('body.text', 'body.words'))
  await expect(inProject('tsc')).rejects.toMatchObject({
    stdout: expect.stringMatching(/^wrong\.ts\(\d+,\d+\): error TS2339: .*'words'[^\n]*\n$/) as string,
  })
})

test('the package that is installed names its own version', () => {
  const manifest = readFileSync(join(below, 'package.json'), 'utf8')
  expect(JSON.parse(manifest)).toMatchObject({
    name: 'topics',
    dependencies: { changeover: expect.stringMatching(/^\^\d+\.\d+\.\d+$/) as string },
  })
})

/** Runs the command of the package that is installed in a project, on free ports. */
function start(folder: string, command: string): Dev {
  const config = readFileSync(join(folder, 'changeover.yaml'), 'utf8')
  const ports = ['gateway', 'primary', 'backup'].map((name) => `${name}: { bind: '127.0.0.1:0' }\n`)
  const cli = join(project, 'node_modules/changeover/dist/main/cli.js')
  return startDev({ 'changeover.yaml': config + ports.join('') }, folder, [cli, command])
}

test('it serves the model', async () => {
  const stack = start(project, 'up')
  try {
    await stack.after(() => undefined, 'Try next')
    const { stdout } = await inProject('changeover', 'call', '/v1/classify', 'request.json')
    expect(stdout).toMatch(/^name_question@1795419028\n\{"label":"__label__name","probability":0\.9\d+\}$/m)
  } finally {
    expect(await stack.kill('SIGTERM')).toBe(0)
  }
})

test('without a model it starts too, and says what is missing', async () => {
  const stack = start(below, 'dev')
  try {
    const printed = await stack.after(() => undefined, 'is served at once')
    expect(printed).toContain('topic has no version yet')
    const answer = await fetch(`${stack.gateway()}/v1/classify`, { method: 'POST', body: '{"text":"a"}' })
    expect([answer.status, await answer.text()]).toEqual([
      404,
      expect.stringContaining('no version of the model topic is served'),
    ])
  } finally {
    expect(await stack.kill('SIGTERM')).toBe(0)
  }
})
