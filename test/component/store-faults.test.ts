import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { createDice } from '../../harness/models/training-text.ts'
import { firstModel, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import {
  activate,
  appendHistory,
  createTokenizers,
  listVersionNames,
  loadVersion,
  publish,
  readHistory,
  readPointer,
  removeVersion,
  requireSound,
} from '../../src/store/index.ts'
import { canMount, mountTmpfs } from '../support/mount.ts'
import { isClosedToOthers, ordinaryUser } from '../support/ordinary-user.ts'
import { runStoreScript } from '../support/store-script.ts'

const model = 'm'

let folder: string
let storePath: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-faults-'))
  chmodSync(folder, 0o755)
  storePath = join(folder, 'store')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const publishAs = (version: string, file = firstModel): unknown =>
  publish({ storePath, model, version, file, tokenizer: 'jieba', nowMs: 0 })

const publishScript = (version: string, file: string): string =>
  `store.publish(${JSON.stringify({ storePath, model, version, file, tokenizer: 'jieba', nowMs: 0 })})`

/** Every version that counts is whole, and nothing else is left. */
function expectWhole(versions: readonly string[]): void {
  expect(listVersionNames(storePath, model)).toEqual(versions)
  for (const version of versions) requireSound(storePath, { model, version })
  expect(readdirSync(join(storePath, 'tmp'))).toEqual([])
}

const failure = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string })

const cannotMount = canMount()

describe.skipIf(cannotMount !== false)(`a disk${cannotMount === false ? '' : ` (${cannotMount})`}`, () => {
  let unmount: () => void
  const mount = (sizeBytes: number): void => {
    mkdirSync(storePath)
    unmount = mountTmpfs(storePath, sizeBytes)
  }
  afterEach(() => unmount())

  test.each([64, 256, 404, 444, 500, 508])(
    'that is full after %d KiB: a publication reports it and leaves nothing',
    (sizeKiB) => {
      mount(sizeKiB * 1024)
      expect(() => publishAs('1')).toThrow(
        failure('store_failed', /m@1 could not be published: ENOSPC.*the disk is full: make room/),
      )
      expectWhole([])
      expect(readHistory(storePath)).toEqual([])
    },
  )

  test('that is full keeps what it has: the pointer, the versions, the history; and goes on when there is room', () => {
    mount(900 * 1024)
    publishAs('1')
    activate(storePath, { model, version: '1' }, 5)
    expect(() => publishAs('2', secondModel)).toThrow(failure('store_failed', /ENOSPC/))
    const filler = join(storePath, 'filler')
    expect(() => {
      for (;;) appendFileSync(filler, Buffer.alloc(4096))
    }).toThrow(/ENOSPC/)
    const entry = { model, version: '1', from: null, by: 'x'.repeat(5_000), outcome: 'done' } as const
    expect(() => appendHistory(storePath, { atMs: 1, action: 'deploy', ...entry })).toThrow(
      failure('store_failed', /history.*ENOSPC.*make room/),
    )
    expect(readPointer(storePath, model)).toMatchObject({ active: '1', sinceMs: 5 })
    expect(readHistory(storePath).map(({ action }) => action)).toEqual(['publish'])
    rmSync(filler)
    expectWhole(['1'])
    execFileSync('mount', ['-o', 'remount,size=4m', storePath])
    publishAs('2', secondModel)
    activate(storePath, { model, version: '2' }, 6)
    expectWhole(['1', '2'])
    expect(readHistory(storePath).map(({ version }) => version)).toEqual(['1', '2'])
  })

  test('that is read-only: what is there can be loaded, and every change says why not', () => {
    mount(4 << 20)
    publishAs('1')
    publishAs('2', secondModel)
    activate(storePath, { model, version: '1' }, 5)
    execFileSync('mount', ['-o', 'remount,ro', storePath])
    const readOnly = failure('store_failed', /EROFS.*read-only: have it mounted for writing/)
    expect(() => publishAs('3', secondModel)).toThrow(readOnly)
    expect(() => activate(storePath, { model, version: '2' }, 6)).toThrow(readOnly)
    expect(() => removeVersion({ storePath, model, version: '2', nowMs: 6 })).toThrow(readOnly)
    const loaded = loadVersion(storePath, { model, version: '1' }, createTokenizers())
    expect(loaded.top('您贵姓')?.label).toBe('__label__name')
    loaded.release()
    expect(readPointer(storePath, model)).toMatchObject({ active: '1' })
    expectWhole(['1', '2'])
  })
})

const closed = isClosedToOthers()

describe.skipIf(closed !== false)(`a user without rights${closed === false ? '' : ` (${closed})`}`, () => {
  test('to write there is told so, and changes nothing', async () => {
    publishAs('1')
    activate(storePath, { model, version: '1' }, 5)
    const file = join(folder, 'mine.bin')
    copyFileSync(secondModel, file)
    for (const path of ['', 'tmp', 'models/m']) chmodSync(join(storePath, path), 0o555)
    for (const script of [
      publishScript('2', file),
      `store.activate(${JSON.stringify(storePath)}, { model: 'm', version: '1' }, 6); store.appendHistory(${JSON.stringify(storePath)}, {})`,
    ])
      await expect(runStoreScript(script, ordinaryUser).done).rejects.toThrow(
        /EACCES[^;]*; this user may not do that there: give it the folder[\s\S]*store_failed/,
      )
    for (const path of ['', 'tmp', 'models/m']) chmodSync(join(storePath, path), 0o755)
    expectWhole(['1'])
  })

  test('to read a file is told so', async () => {
    mkdirSync(storePath)
    if (ordinaryUser.uid !== undefined) chownSync(storePath, ordinaryUser.uid, ordinaryUser.uid)
    const file = join(folder, 'closed.bin')
    copyFileSync(secondModel, file)
    chmodSync(file, 0o000)
    await expect(runStoreScript(publishScript('2', file), ordinaryUser).done).rejects.toThrow(
      /closed\.bin cannot be read: EACCES/,
    )
    expectWhole([])
  })
})

describe('at the same time', () => {
  test('two publishers of the same file both succeed, and of two files under one version one is refused', async () => {
    await Promise.all([1, 2].map(() => runStoreScript(publishScript('1', firstModel)).done))
    expectWhole(['1'])
    const outcomes = await Promise.allSettled(
      [firstModel, secondModel].map((file) => runStoreScript(publishScript('2', file)).done),
    )
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.map(({ reason }) => String(reason))).toEqual([
      expect.stringMatching(/version_conflict|m@2 is in the store with other content/),
    ])
    expectWhole(['1', '2'])
  })

  test('a publisher, a rollout and a collector: what is active is always there', async () => {
    const publisher = runStoreScript(`
      const base = ${JSON.stringify({ storePath, model, file: firstModel, tokenizer: 'jieba', nowMs: 0 })}
      for (let n = 1; n <= 12; n += 2) {
        for (const version of [n, n + 1]) store.publish({ ...base, version: String(version) })
        try {
          // The older of both: the collector may take it in this very moment.
          store.activate(base.storePath, { model: 'm', version: String(n) }, n)
        } catch (error) {
          if (error.code !== 'version_unknown') throw error
        }
        // The newest, which the collector keeps.
        store.activate(base.storePath, { model: 'm', version: String(n + 1) }, n)
      }`)
    const collector = runStoreScript(`
      const base = ${JSON.stringify({ storePath, model, keep: 1, nowMs: 0 })}
      let removed = 0
      process.once('SIGTERM', () => { console.log(removed); process.exit() })
      const collect = () => { removed += store.prune(base).length; setImmediate(collect) }
      collect()`)
    await publisher.done.finally(() => collector.process.kill('SIGTERM'))
    expect(Number(await collector.done)).toBeGreaterThan(0)
    const pointer = readPointer(storePath, model)
    for (const version of [pointer?.active, pointer?.previous])
      if (version != null) requireSound(storePath, { model, version })
    const left = listVersionNames(storePath, model)
    expectWhole(left)
    expect(pointer?.active).toBe('12')
    expect(left).toContain('12')
  })

  test('the collector leaves the work of a living publisher alone, and takes that of a dead one', async () => {
    const publisher = runStoreScript(`
      store.publish({ ...${JSON.stringify({ storePath, model, version: '1', file: firstModel, tokenizer: 'jieba', nowMs: 0 })},
        onProgress: () => { console.log('working'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000) } })`)
    await until('it works', () => publisher.output().includes('working'))
    publishAs('2', secondModel)
    expect(readdirSync(join(storePath, 'tmp'))).toHaveLength(1)
    publisher.process.kill('SIGKILL')
    await publisher.done.catch(() => undefined)
    publishAs('3', secondModel)
    expectWhole(['2', '3'])
  })
})

describe('a publisher that is killed', () => {
  test('at any moment leaves nothing that counts, and the next one succeeds', async () => {
    const roll = createDice(20_261_124)
    publishAs('1')
    let killedBefore = 0
    for (let round = 2; round < 7; round++) {
      const version = String(round)
      const script = runStoreScript(`console.log('begun'); ${publishScript(version, secondModel)}`)
      await until('it begins', () => script.output().includes('begun'))
      await sleep(roll(40))
      script.process.kill('SIGKILL')
      await script.done.catch(() => undefined)
      const names = listVersionNames(storePath, model)
      if (!names.includes(version)) killedBefore++
      for (const name of names) requireSound(storePath, { model, version: name })
      publishAs(version, secondModel)
    }
    expect(killedBefore).toBeGreaterThan(0)
    expectWhole(['1', '2', '3', '4', '5', '6'])
    expect(readHistory(storePath).map(({ version }) => version)).toHaveLength(6)
  })
})
