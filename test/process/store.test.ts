import { spawn } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { builtEntry, cliPath, exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { dataPaths, loadConfig } from '../../src/config/index.ts'
import type { DeployEvent, HistoryEntry } from '../../src/contracts/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import { activate, canShareMemory, publish, readPointer } from '../../src/store/index.ts'
import { publishInitial } from '../../src/supervisor/index.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const model = 'name_question'
const [first, second] = ['1795419027', '1795419028']

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-store-e2e-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A copy of the second model, which is then another version. */
function modelFile(version: string): string {
  const file = join(folder, `${model}_${version}.bin`)
  copyFileSync(secondModel, file)
  return file
}

function versionPath(storePath: string, version: string, name: string): string {
  return join(storePath, 'models', model, 'versions', version, name)
}

/** Puts a damaged file in the place of another; processes that have the other one mapped keep it. */
function damage(path: string): void {
  const bytes = readFileSync(path)
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1
  writeFileSync(`${path}.damaged`, bytes)
  renameSync(`${path}.damaged`, path)
}

const servedBy = async (stack: Stack): Promise<(string | undefined)[]> =>
  (await stack.status()).instances.flatMap(({ workers }) =>
    workers.map((worker) => worker?.served[0]?.version),
  )

describe('a running stack', () => {
  let stack: Stack
  let beforeDeploy: string
  beforeAll(async () => {
    stack = await startStack({
      bakeMs: 0,
      model: `initial: ${firstModel}\n    tokenizer: jieba\n    keep: 2`,
    })
    beforeDeploy = new Date().toISOString()
  })
  afterAll(() => stack.stop())

  const history = async (...args: string[]): Promise<HistoryEntry[]> =>
    JSON.parse((await stack.cli('history', '--json', ...args)).stdout) as HistoryEntry[]

  test('writes notes of a deploy into the manifest, and shows them', async () => {
    const deployed = await stack.cli(
      ...['deploy', secondModel, '--note', 'more names', '--meta', 'commit=4f2a', '--meta', 'run=7'],
      ...['--why', 'a trial'],
    )
    expect(deployed).toMatchObject({ code: 0, stderr: '' })
    const { stdout } = await stack.cli('models', 'show', '--json', `${model}@${second}`)
    expect(JSON.parse(stdout)).toMatchObject({
      role: 'active',
      note: 'more names',
      meta: { commit: '4f2a', run: '7' },
      training: { epoch: 25 },
    })
    const shown = (await stack.cli('models', 'show', `${model}@${second}`)).stdout
    for (const line of [
      /, active$/m,
      /^labels +2: __label__other __label__name$/m,
      /^training +loss softmax, dim 10, epoch 25/m,
      /^published +\S+ \S+ UTC by \S+$/m,
      /^note +more names$/m,
      /^meta +commit=4f2a$/m,
      /^gate whole +passed: ./m,
      /^gate contract +passed: ./m,
      /SHA-256 [0-9a-f]{64}$/m,
    ])
      expect(shown).toMatch(line)
  })

  test('has a history of what was published, and of the version that it began with', async () => {
    expect(await history('-n', '4')).toMatchObject([
      { action: 'publish', version: first, from: null, outcome: 'done' },
      { action: 'deploy', version: first, from: null, why: 'the initial file' },
      { action: 'publish', version: second, from: first, why: 'more names' },
      { action: 'deploy', version: second, from: first, outcome: 'done', why: 'a trial' },
    ])
    expect(await history('--model', 'other')).toEqual([])
    expect((await stack.cli('history', '-n', '1')).stdout).toMatch(
      /^when .*\n.* deploy +name_question@1795419028 +1795419027 +\S+ +done +a trial\n$/,
    )
  })

  test('goes back to what was active before a moment, and to a version by name', async () => {
    expect(await stack.cli('rollback', '--before', beforeDeploy)).toMatchObject({ code: 0, stderr: '' })
    expect(await servedBy(stack)).toEqual([first, first])
    expect(await stack.cli('rollback', '--to', second, '--why', 'it was right')).toMatchObject({ code: 0 })
    expect(await servedBy(stack)).toEqual([second, second])
    const refused = await stack.cli('rollback', '--to', '9')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('version_unknown')])
  })

  test('removes what is over `keep` after a rollout, but nothing that is active, previous or in use', async () => {
    const storePath = join(stack.folder, '.changeover/store')
    for (const version of ['1795419029', '1795419030'])
      publish({ storePath, model, version, file: secondModel, tokenizer: 'jieba', nowMs: 0 })
    const reader = spawn(process.execPath, [
      cliPath,
      'predict',
      `${model}@1795419029`,
      '-c',
      stack.configPath,
    ])
    let answer = ''
    reader.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text))
    reader.stdin.write('您贵姓\n'.repeat(20_000))
    await until('it has been read', () => answer.includes('__label__name'))

    expect((await stack.deploy(modelFile('1795419031'))).at(-1)).toMatchObject({ ok: true })
    const listed = JSON.parse((await stack.cli('models', '--json')).stdout) as {
      version: string
      role: string
    }[]
    expect(listed.map(({ version, role }) => `${version} ${role}`)).toEqual([
      '1795419028 previous',
      ...(canShareMemory ? ['1795419029 '] : []),
      '1795419030 ',
      '1795419031 active',
    ])
    expect(stack.log()).toContain(`removed ${model}@${first}: keep is 2`)
    const refused = await stack.cli('models', 'remove', `${model}@1795419031`)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('it is the active version')])
    if (canShareMemory)
      expect((await stack.cli('models', 'remove', `${model}@1795419029`)).stderr).toContain(
        `process ${reader.pid ?? 0} serves from it`,
      )
    const exited = new Promise((resolve) => reader.once('exit', resolve))
    reader.stdin.end()
    await exited
  })

  test('shows what the store takes on the disk, and prunes by hand', async () => {
    const { stdout } = await stack.cli('models')
    expect(stdout).toMatch(/compiled +disk +tokenizer/)
    expect(stdout).toMatch(/\n[34] versions, \d\.\d MiB\n$/)
    expect((await stack.cli('models', 'prune')).stdout).toBe(
      canShareMemory ? `removed ${model}@1795419029\n` : 'nothing to remove\n',
    )
    expect((await stack.cli('models', 'remove', `${model}@1795419030`)).stdout).toMatch(/^removed .*KiB\n$/)
    expect((await history('-n', '1'))[0]).toMatchObject({ action: 'remove', version: '1795419030' })
  })
})

describe('a damaged or unsigned version', () => {
  const [trusted, stranger] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
  let stack: Stack
  let storePath: string
  const keyFile = (name: string): string => join(folder, `${name}.pem`)

  beforeAll(async () => {
    const write = (name: string, key: KeyObject, type: 'pkcs8' | 'spki'): void =>
      writeFileSync(keyFile(name), key.export({ type, format: 'pem' }))
    write('trusted.pub', trusted.publicKey, 'spki')
    write('trusted', trusted.privateKey, 'pkcs8')
    write('stranger', stranger.privateKey, 'pkcs8')
    stack = await startStack({
      bakeMs: 0,
      model: 'tokenizer: jieba',
      config: `trustedKeys: [${keyFile('trusted.pub')}]`,
      prepareStore: (path) => {
        storePath = path
        for (const [version, file] of [
          [first, firstModel],
          [second, secondModel],
        ] as const) {
          const signed = { tokenizer: 'jieba', signingKey: trusted.privateKey, nowMs: 0 } as const
          publish({ storePath, model, version, file, ...signed })
          activate(storePath, { model, version }, Number(version))
        }
        damage(versionPath(storePath, second, 'compiled.bin'))
      },
    })
  })
  afterAll(() => stack.stop())

  test('that is active is not served at the start: the previous one is, and log and status say so', async () => {
    expect(await servedBy(stack)).toEqual([first, first])
    expect(stack.log()).toMatch(
      /\[ERROR\] the active version cannot be served: name_question@1795419028 is damaged: compiled\.bin has other content.*a process that starts now serves name_question@1795419027 in its place.*changeover rollback/,
    )
    expect(await stack.status()).toMatchObject({
      models: [{ active: second }],
      damaged: [{ model, version: second, servedInstead: first }],
    })
    expect((await stack.cli('status')).stdout).toContain(
      `a process that starts now serves ${model}@${first}: ${model}@${second} is damaged`,
    )
    const verified = await stack.cli('verify')
    expect(verified.code).toBe(1)
    expect(verified.stdout).toMatch(/1795419027 .* sound\n.*1795419028 .*compiled\.bin has other content/)
    const asked = await stack.cli('predict', `${model}@${second}`)
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('version_damaged')])
  })

  test('is not deployed, and a rollback makes the one that serves the active one', async () => {
    const end = (await stack.deploy(second)).at(-1)
    expect(end).toMatchObject({ ok: false, error: { code: 'version_damaged' } })
    expect(await stack.cli('rollback')).toMatchObject({ code: 0 })
    expect(await stack.status()).toMatchObject({ models: [{ active: first }], damaged: [] })
  })

  test('without a trusted signature is refused when it is published for a deploy, and when it is deployed', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr, stdout } = await stack.cli(...args)
      expect(code).toBe(1)
      return stdout + stderr
    }
    const file = modelFile('1795419040')
    expect(await refused('deploy', file)).toMatch(
      /is not signed.*publish --sign KEY\.pem.*version_untrusted/s,
    )
    publish({ storePath, model, version: '1795419040', file, tokenizer: 'jieba', nowMs: 0 })
    expect(await refused('deploy', '1795419040')).toMatch(/@1795419040 is not signed.*version_untrusted/s)
    const strange = modelFile('1795419041')
    expect(await refused('deploy', '--sign', keyFile('stranger'), strange)).toMatch(
      /signed with none of the trusted keys.*version_untrusted/s,
    )
    expect(await servedBy(stack)).toEqual([first, first])
  })

  test('that is swapped between its check and its load is refused by every process that would serve it', async () => {
    const version = '1795419043'
    const signed = { tokenizer: 'jieba', signingKey: trusted.privateKey, nowMs: 0 } as const
    publish({ storePath, model, version, file: modelFile(version), ...signed })
    const compiled = versionPath(storePath, version, 'compiled.bin')
    const events: DeployEvent[] = []
    const control = createControlClient(dataPaths(join(stack.folder, '.changeover')).controlSocket)
    for await (const event of control.deploy({ target: version })) {
      events.push(event)
      if (event.type === 'step' && event.step === 'gate cost' && event.state === 'done') {
        copyFileSync(versionPath(storePath, first, 'compiled.bin'), `${compiled}.other`)
        renameSync(`${compiled}.other`, compiled)
      }
    }
    expect(events).toContainEqual(expect.objectContaining({ step: 'load primary', state: 'failed' }))
    expect(events.at(-1)).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/1795419043 is damaged: compiled\.bin has/) as string },
    })
    expect(await servedBy(stack)).toEqual([first, first])
    expect((await stack.status()).models).toMatchObject([{ active: first }])
  })

  test('is compared, asked and tested as little as it is served', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await stack.cli(...args)
      expect(code).toBe(1)
      return stderr
    }
    const on = ['--on', join(exampleFolder, 'corpus/test.txt')]
    expect(await refused('compare', model, first, '1795419043', ...on)).toContain('(version_damaged)')
    expect(await refused('compare', model, '1795419040', first, ...on)).toContain('(version_untrusted)')
    expect(await refused('predict', `${model}@1795419040`)).toContain('(version_untrusted)')
  })

  test('with a trusted signature is deployed; damaged while it serves, a worker that starts takes the previous', async () => {
    const deployed = await stack.cli('deploy', '--sign', keyFile('trusted'), modelFile('1795419042'))
    expect(deployed).toMatchObject({ code: 0, stderr: '' })
    expect(await servedBy(stack)).toEqual(['1795419042', '1795419042'])
    damage(versionPath(storePath, '1795419042', 'compiled.bin'))
    process.kill((await stack.status()).instances[0]?.workers[0]?.pid ?? 0, 'SIGKILL')
    await until('the primary is back', async () => (await servedBy(stack))[0] === first)
    expect(stack.log()).toContain(`${model}@1795419042 is damaged`)
    expect((await stack.status()).damaged).toMatchObject([{ version: '1795419042', servedInstead: first }])
  })

  test('as the initial file is refused at the start, until it was published with a signature', async () => {
    const configPath = join(folder, 'unsigned.yaml')
    const write = (key: string): void =>
      writeFileSync(
        configPath,
        `service: ${join(exampleFolder, 'service.ts')}\nmodels:\n  ${model}: { initial: ${firstModel}, tokenizer: jieba }\n` +
          `data: unsigned\ntrustedKeys: [${key}]\n`,
      )
    write(keyFile('trusted.pub'))
    const { config } = await loadConfig(configPath)
    const path = join(folder, 'unsigned/store')
    const start = (): Promise<void> =>
      publishInitial({
        config,
        storePath: path,
        recordFolder: join(folder, 'record'),
        publisherEntry: builtEntry('entry/publisher'),
        gatekeeperEntry: builtEntry('entry/gatekeeper'),
        log: () => undefined,
      })
    await expect(start()).rejects.toThrow(
      expect.objectContaining({
        code: 'version_untrusted',
        message: expect.stringContaining('not signed') as string,
      }),
    )
    const signed = await runCli(['publish', '--sign', keyFile('trusted'), firstModel, '-c', configPath])
    expect(signed).toMatchObject({ code: 0, stderr: '' })
    await start()
    expect(readPointer(path, model)).toMatchObject({ active: first })

    for (const [key, message] of [
      [keyFile('trusted'), 'a private key; name the public one'],
      [firstModel, 'which is not a public key in PEM'],
    ] as const) {
      write(key)
      await expect(loadConfig(configPath)).rejects.toThrow(message)
    }
  })
})
