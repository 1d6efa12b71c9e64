import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { cliPath, firstModel, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { StackStatus } from '../../src/contracts/index.ts'
import { showLog } from '../support/show-log.ts'

const [first, second, third] = ['1795419027', '1795419028', '1795419029']

/** A folder as people have them: with a space and a quotation mark in its name, and models in a folder of theirs. */
const folder = join(mkdtempSync(join(tmpdir(), 'changeover-given-')), "what's this")
const models = join(folder, 'models')

type Running = { readonly supervisor: ChildProcess; readonly log: () => string }
let running: Running

/** Runs `changeover up` in the folder until it is ready. */
async function up(...args: string[]): Promise<Running> {
  const supervisor = spawn(process.execPath, [cliPath, 'up', ...args, '-b', '127.0.0.1:0'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  supervisor.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  await until('the stack is ready', () => {
    if (supervisor.exitCode !== null) throw new Error(`the stack did not start:\n${log}`)
    return log.includes('Ctrl-C here')
  })
  return { supervisor, log: () => showLog(log) }
}

/** A command in the same folder, without a word about a configuration. */
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { cwd: folder })
  expect(code, stderr).toBe(0)
  return stdout
}

async function status(): Promise<StackStatus> {
  return JSON.parse(await run('status', '--json')) as StackStatus
}

beforeAll(async () => {
  mkdirSync(models, { recursive: true })
  copyFileSync(firstModel, join(models, basename(firstModel)))
  writeFileSync(join(models, 'notes.bin'), 'no model')
  running = await up('models', '--tokenizer', 'jieba')
})
afterAll(() => {
  running.supervisor.kill('SIGTERM')
  rmSync(join(folder, '..'), { recursive: true })
})

test('the start prints a curl line that works as it stands', async () => {
  const line = /^ {2}send a text +(.*)$/m.exec(running.log())?.[1] ?? ''
  const { stdout } = await promisify(execFile)('sh', ['-c', line])
  const labels = [expect.stringMatching(/^__label__/)]
  expect(JSON.parse(stdout)).toMatchObject({ predictions: [{ labels }] })
})

test('the other commands find the stack from the same folder', async () => {
  // Settings for the test, where the file says to put none: it is read like any other.
  const written = join(folder, '.changeover/changeover.yaml')
  expect(readFileSync(written, 'utf8')).toContain(`initial: ../models/${basename(firstModel)}`)
  writeFileSync(written, 'rollout: { bakeMs: 100 }\n', { flag: 'a' })
  expect(await run('reload')).toContain('reloaded')
  expect(await run('deploy', secondModel)).toContain(`name_question@${second} serves`)
  expect(await run('rollback')).toContain(`name_question@${first} serves`)
  expect(await run('history')).toMatch(/rollback +name_question@1795419027/)
  expect(await run('call', '/v1/models/name_question:predict', '-d', '{"instances":["您贵姓"]}')).toMatch(
    /name_question@1795419027\n.*__label__name/,
  )
  expect(await run('verify')).toContain(`name_question@${first}`)
})

test('beside it, other files are refused, and what is served stays the same', async () => {
  const { code, stderr } = await runCli(['up', secondModel], { cwd: folder })
  expect(stderr).toContain('(already_running)')
  expect(code).toBe(1)
  expect(readFileSync(join(folder, '.changeover/changeover.yaml'), 'utf8')).not.toContain(second)
})

test('after a stop, a newer file is deployed', async () => {
  await run('down')
  const newer = join(folder, `name_question_${third}.bin`)
  copyFileSync(secondModel, newer)
  running = await up(newer)
  await until('the newer file serves', async () => (await status()).models[0]?.active === third)
  expect((await status()).models[0]).toMatchObject({ active: third, previous: first })
})
