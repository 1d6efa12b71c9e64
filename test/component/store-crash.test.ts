import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { ChangeoverError } from '../../src/contracts/index.ts'
import { buildModelFile, tinyModel } from '../../src/engine/fasttext/testing/model-file-builder.ts'
import { runSteps } from '../../src/store/fs/run-steps.ts'
import type { Files } from '../../src/store/index.ts'
import {
  activate,
  appendHistory,
  createTokenizers,
  listVersionNames,
  loadVersion,
  nodeFiles,
  prune,
  publish,
  readHistory,
  readPointer,
  verifyVersion,
} from '../../src/store/index.ts'
import type { Cut } from '../support/simulated-disk.ts'
import { createDisk, worlds } from '../support/simulated-disk.ts'

/** In memory where that is possible: what is synced is part of the simulation, and need not be waited for. */
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'changeover-crash-'))
afterAll(() => rmSync(folder, { recursive: true }))

const model = 'm'
const modelFile = join(folder, 'm_1.bin')
writeFileSync(modelFile, buildModelFile(tinyModel))

type StoreState = {
  readonly versions: readonly string[]
  readonly pointer: unknown
  readonly history: readonly string[]
}
type Operation = readonly [name: string, run: (storePath: string, files: Files) => unknown]

const publishAs = (version: string): Operation => [
  `publish ${version}`,
  (storePath, files) =>
    publish({ storePath, model, version, file: modelFile, tokenizer: 'whitespace', nowMs: 1 }, files),
]
const activateAs = (version: string): Operation => [
  `activate ${version}`,
  (storePath, files) => activate(storePath, { model, version }, Number(version), files),
]
const deployed: Operation = [
  'append to the history',
  (storePath, files) => {
    const entry = { model, version: '2', from: '1', by: 'somebody', outcome: 'done' } as const
    if (!readHistory(storePath).some(({ action }) => action === 'deploy'))
      appendHistory(storePath, { atMs: 5, action: 'deploy', ...entry }, files)
  },
]
const putAside: Operation = [
  'append to a history that is full',
  (storePath, files) => {
    const entry = { model, version: '1', from: '2', by: 'somebody', outcome: 'done' } as const
    if (!readHistory(storePath).some(({ action }) => action === 'rollback'))
      appendHistory(storePath, { atMs: 6, action: 'rollback', ...entry }, files, {
        segmentBytes: 1,
        keptBytes: 1e6,
      })
  },
]
const putAsideAgain: Operation = [
  'append to a history that is full, once more',
  (storePath, files) => {
    const entry = { model, version: '2', from: '1', by: 'somebody', outcome: 'failed' } as const
    appendHistory(storePath, { atMs: 7, action: 'deploy', ...entry }, files, {
      segmentBytes: 1,
      keptBytes: 1e6,
    })
  },
]
/** Every segment is removed, of which there are three by then. */
const forgotten: Operation = [
  'append to a history whose old segments are removed',
  (storePath, files) => {
    const entry = { model, version: '1', from: '2', by: 'somebody', outcome: 'done' } as const
    appendHistory(storePath, { atMs: 8, action: 'rollback', ...entry }, files, {
      segmentBytes: 1,
      keptBytes: 1,
    })
  },
]
const pruned: Operation = [
  'prune',
  (storePath, files) => prune({ storePath, model, keep: 2, nowMs: 6 }, files),
]

const operations = [
  publishAs('1'),
  activateAs('1'),
  publishAs('2'),
  activateAs('2'),
  deployed,
  putAside,
  forgotten,
  pruned,
]

/** What is done before an operation, if that was tried before. */
const prepared = new Map([
  [forgotten[0], [putAsideAgain]],
  [pruned[0], [publishAs('3'), activateAs('3')]],
])

/** How a call fails, and whether what was asked for must then be undone. */
const cuts = [
  { how: 'fail', code: 'EIO', isUndone: true },
  { how: 'full', code: 'ENOSPC', isUndone: true },
  { how: 'readOnly', code: 'EROFS', isUndone: false },
] as const

let cutPoints = 0
let statesChecked = 0
let scratchCount = 0

const scratch = (): string => join(folder, `scratch-${scratchCount++}`)
const storeIn = (root: string): string => join(root, 'data', 'store')

/** Opens a store as a new process does, and checks every version that counts: each must be complete and answer. */
function openStore(storePath: string): StoreState {
  statesChecked++
  const versions = listVersionNames(storePath, model)
  for (const version of versions) {
    const target = { model, version }
    expect(runSteps(verifyVersion(storePath, target, 'all'))).toEqual([])
    const loaded = loadVersion(storePath, target, createTokenizers())
    expect(loaded.top('你好')?.label).toBe('__label__hello')
    loaded.release()
  }
  const history = readHistory(storePath).map(({ action, version }) => `${action} ${version}`)
  return { versions, pointer: readPointer(storePath, model), history }
}

/**
 * Of a history that is to become shorter, lines may still be there: the latest, without a gap, and only once the new line is
 * there. They count as removed.
 */
function withoutOld(found: StoreState, before: StoreState, after: StoreState): StoreState {
  if (after.history.length >= before.history.length) return found
  const all = [...before.history, ...after.history.slice(-1)]
  const isTail = found.history.length > 0 && all.join().endsWith(found.history.join())
  return isTail ? { ...found, history: after.history } : found
}

/** Each part of the state is either what it was or what it is to be. */
function expectOneOf(found: StoreState, before: StoreState, after: StoreState): void {
  for (const part of ['versions', 'pointer', 'history'] as const)
    expect([before[part], after[part]]).toContainEqual(found[part])
}

/** The same once more, with a disk that works, brings the store to where it was to be. */
function expectRepeatable(storePath: string, [, run]: Operation, after: StoreState): void {
  run(storePath, nodeFiles)
  const { versions, pointer, history } = openStore(storePath)
  expect({ versions, pointer }).toEqual({ versions: after.versions, pointer: after.pointer })
  // A removal whose process died before it wrote its line is not known to the history.
  const withoutRemovals = (lines: readonly string[]): string[] =>
    lines.filter((line) => !line.startsWith('remove'))
  expect(withoutRemovals(history)).toEqual(withoutRemovals(after.history))
}

function failAt(
  base: string,
  operation: Operation,
  { isUndone, ...cut }: Cut & { isUndone: boolean },
  before: StoreState,
  after: StoreState,
): void {
  const root = scratch()
  cpSync(base, root, { recursive: true })
  const disk = createDisk(root, cut)
  let error: unknown
  try {
    operation[1](storeIn(root), disk.files)
  } catch (thrown) {
    error = thrown
  }
  disk.close()
  const found = withoutOld(openStore(storeIn(root)), before, after)
  const where = `${operation[0]}: ${disk.calls[cut.atCall - 1] ?? ''} (${cut.how} ${cut.code})`
  if (error === undefined) expect(found, where).toEqual(after)
  else {
    expect(error, where).toBeInstanceOf(ChangeoverError)
    expect((error as ChangeoverError).code, where).toMatch(/^(store_failed|model_file_not_found)$/)
    expect((error as ChangeoverError).message, where).toMatch(new RegExp(`: ${cut.code}.*; \\w`))
    // A line of the history that was written but not synced may stay.
    if (isUndone) expect({ ...found, history: [] }, where).toEqual({ ...before, history: [] })
    else expectOneOf(found, before, after)
  }
  expectRepeatable(storeIn(root), operation, after)
  rmSync(root, { recursive: true })
}

function stopAt(
  base: string,
  operation: Operation,
  atCall: number,
  before: StoreState,
  after: StoreState,
): void {
  const root = scratch()
  cpSync(base, root, { recursive: true })
  const disk = createDisk(root, { atCall, how: 'stop', code: 'EIO' })
  try {
    operation[1](storeIn(root), disk.files)
  } catch {
    // The machine is off; no result counts.
  }
  for (const world of worlds) {
    const recovered = scratch()
    disk.recover(world, recovered)
    expectOneOf(withoutOld(openStore(storeIn(recovered)), before, after), before, after)
    // Each time in another one of them, as it is half of the work.
    if (world === worlds[atCall % worlds.length]) expectRepeatable(storeIn(recovered), operation, after)
    rmSync(recovered, { recursive: true })
  }
  disk.close()
  rmSync(root, { recursive: true })
}

describe('at whatever call of the file system it stops or fails, the store opens with the last committed state', () => {
  let base = scratch()
  mkdirSync(base)
  let before = openStore(storeIn(base))

  test.each(operations)('%s', (name, run) => {
    for (const [, prepare] of prepared.get(name) ?? []) {
      prepare(storeIn(base), nodeFiles)
      before = openStore(storeIn(base))
    }
    const done = scratch()
    cpSync(base, done, { recursive: true })
    const disk = createDisk(done)
    run(storeIn(done), disk.files)
    const after = openStore(storeIn(done))
    const recovered = scratch()
    disk.recover('lost', recovered)
    expect(
      withoutOld(openStore(storeIn(recovered)), before, after),
      'what is done survives a power cut',
    ).toEqual(after)
    disk.close()

    const operation = [name, run] as const
    for (let atCall = 1; atCall <= disk.calls.length; atCall++) {
      cutPoints++
      for (const cut of cuts) failAt(base, operation, { atCall, ...cut }, before, after)
      stopAt(base, operation, atCall, before, after)
    }
    expect(readdirSync(join(storeIn(done), 'tmp'))).toEqual([])
    base = done
    before = after
  })

  afterAll(() =>
    console.log(
      `crash test: ${cutPoints} cut points in ${operations.length} operations, ` +
        `each failed in ${cuts.length} ways and stopped with ${worlds.length} outcomes; ${statesChecked} states of the store checked`,
    ),
  )
})
