import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { firstModel, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { ChangeoverError } from '../../src/contracts/index.ts'
import type { FolderWatchOptions } from '../../src/model-inbox/index.ts'
import { FolderWatch } from '../../src/model-inbox/index.ts'
import { findModelFault } from '../../src/store/index.ts'
import { copySlowly, finished } from '../support/slow-copy.ts'

const settleMs = 150
const pollMs = 40

let root: string
let folder: string
let watched: FolderWatch
let log: string[]
/** What was taken: the file's name, and whether it was byte for byte one of the models. */
let taken: string[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'changeover-watch-'))
  folder = join(root, 'incoming')
  mkdirSync(folder)
  log = []
  taken = []
})
afterEach(async () => {
  await watched.close()
  rmSync(root, { recursive: true })
})

function start(options: Partial<FolderWatchOptions> = {}): void {
  watched = new FolderWatch({
    folder,
    settleMs,
    pollMs,
    models: ['m'],
    active: () => '1000000000',
    isKnown: ({ version }) => version === '1000000000',
    findFault: (file) => Promise.resolve(findModelFault(file)),
    take: (file) => {
      const bytes = readFileSync(file)
      const which = [firstModel, secondModel].findIndex((model) => readFileSync(model).equals(bytes))
      taken.push(`${file.slice(folder.length + 1)} is ${['the first', 'the second'][which] ?? 'neither'}`)
      return Promise.resolve()
    },
    log: (level, message) => log.push(`${level}: ${message}`),
    ...options,
  })
  watched.start()
}

const said = (part: string): string[] => log.filter((line) => line.includes(part))
const target = (name = 'm_1000000002.bin'): string => join(folder, name)

/** Long enough for whatever would be done again at a later look. */
async function letPollsPass(count: number): Promise<void> {
  let looks = 0
  await until(`${count} looks`, () => ++looks > count * (pollMs / 10))
}

describe('a file that is copied', () => {
  test('piece by piece is taken once, when it is whole and has settled', async () => {
    start()
    await copySlowly(secondModel, target(), { pieces: 15, pauseMs: 40 })
    expect(taken).toEqual([])
    await until('it is taken', () => taken.length > 0)
    expect(Date.now() - statSync(target()).mtimeMs).toBeGreaterThan(settleMs)
    await letPollsPass(5)
    expect(taken).toEqual(['m_1000000002.bin is the second'])
    expect(said('warning')).toEqual([])
  })

  test('with pauses longer than it takes to settle is known by its format not to be whole', async () => {
    start()
    const copied = copySlowly(secondModel, target(), { pieces: 3, pauseMs: 4 * settleMs })
    await until('that has been said', () => said('left alone until it changes').length > 0)
    await copied
    await until('it is taken', () => taken.length > 0)
    expect(taken).toEqual(['m_1000000002.bin is the second'])
    expect(said('The model file ends too early').length).toBeLessThanOrEqual(3)
  })

  test('and replaced before it is taken is taken as it is then, and again when it is replaced later', async () => {
    start({ settleMs: 600 })
    await copySlowly(firstModel, target(), { pieces: 4, pauseMs: 30 })
    for (const [model, count] of [
      [secondModel, 1],
      [firstModel, 2],
    ] as const) {
      copyFileSync(model, join(root, 'other'))
      renameSync(join(root, 'other'), target())
      await until('the one in its place is taken', () => taken.length === count)
    }
    expect(taken).toEqual(['m_1000000002.bin is the second', 'm_1000000002.bin is the first'])
  })

  test('by cp is taken', async () => {
    start()
    await finished('cp', ['-p', secondModel, target()])
    await until('it is taken', () => taken.length > 0)
    expect(taken).toEqual(['m_1000000002.bin is the second'])
  })

  const missing = missingComponents('rsync')
  test.skipIf(missing !== false).each([
    ['under a name of its own', []],
    ['in place', ['--inplace']],
  ])(
    `by rsync ${missing === false ? '' : `(${missing}) `}%s is taken when it has all arrived`,
    async (_how, flags) => {
      start()
      let isCopied = false
      const copied = finished('rsync', ['--bwlimit=400', ...flags, secondModel, target()]).then(
        () => (isCopied = true),
      )
      await until('it is taken', () => taken.length > 0)
      expect(isCopied).toBe(true)
      await copied
      await letPollsPass(5)
      expect(taken).toEqual(['m_1000000002.bin is the second'])
    },
  )
})

describe('a file that is not taken', () => {
  test('as it is damaged is reported once, not every poll, and again when it changes', async () => {
    start()
    const damaged = readFileSync(secondModel)
    damaged.fill(0xff, 64, 92)
    writeFileSync(target('m_1000000003.bin'), damaged)
    writeFileSync(target('m_1000000002.bin'), 'no model at all')
    await until('both are reported', () => said('left alone until it changes').length === 2)
    await letPollsPass(10)
    expect(said('warning')).toEqual([
      expect.stringMatching(/m_1000000003\.bin is left alone until it changes: The model file is damaged/),
      expect.stringMatching(/m_1000000002\.bin is left alone until it changes: This is not a fastText model/),
    ])
    expect(taken).toEqual([])
    copyFileSync(secondModel, target('m_1000000003.bin'))
    await until('it is taken', () => taken.length > 0)
    expect(said('warning')).toHaveLength(2)
  })

  test('as it is older than the active version, or has another name, changes nothing, and is reported once', async () => {
    for (const name of [
      'm_999999999.bin',
      'm_999999998.ftz',
      'm_1000000000.bin',
      'latest.bin',
      'x_1000000002.bin',
    ])
      copyFileSync(firstModel, target(name))
    start()
    await until('the log has it', () => said('info: left alone').length === 3)
    copyFileSync(secondModel, target('m_1000000002.ftz'))
    await until('a newer one is taken', () => taken.length > 0)
    await letPollsPass(5)
    expect(said('older than the active version')).toEqual([
      expect.stringMatching(/m_99999999[89]\.\w+, m_99999999[89]\.\w+$/),
    ])
    expect(said('left alone')).toHaveLength(3)
    expect(said('warning')).toEqual([])
    expect(taken).toEqual(['m_1000000002.ftz is the second'])
  })

  test('as its deploy fails is not tried again until it changes; during another rollout it waits', async () => {
    const answers = ['rollout_busy', 'rollout_busy', 'self_test_failed']
    let tries = 0
    start({
      take: () => {
        const code = answers[tries++]
        return Promise.reject(new ChangeoverError(code as 'rollout_busy', 'it gives other labels'))
      },
    })
    copyFileSync(secondModel, target())
    await until('it has failed', () => said('error').length > 0)
    await letPollsPass(10)
    expect(tries).toBe(3)
    expect(said('error')).toEqual([
      expect.stringContaining('was not taken, and is left alone until it changes: it gives other labels'),
    ])
    expect(said('has arrived')).toHaveLength(1)
  })
})

test('polling finds what the system tells nothing of, as over NFS, and a folder that comes later', async () => {
  const seen = join(root, 'seen')
  symlinkSync(join(root, 'not-there-yet'), seen)
  start({ folder: seen })
  await until('the log has it', () => said('cannot be checked').length > 0)
  mkdirSync(join(root, 'not-there-yet'))
  await letPollsPass(3)
  // The watch of the system stays with the folder that the link led to when it began.
  unlinkSync(seen)
  symlinkSync(folder, seen)
  copyFileSync(secondModel, target())
  await until('it is taken', () => taken.length > 0)
  expect(said('cannot be checked')).toHaveLength(1)
})
