import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { ProcessFigures } from '../../src/contracts/index.ts'
import { LinkServer } from '../../src/ipc/index.ts'
import { Ledger } from '../../src/metrics/index.ts'
import { identify } from '../../src/run-folder/index.ts'
import { FigureLink } from '../../src/supervisor/figures/figure-link.ts'
import { FiguresFile } from '../../src/supervisor/figures/figures-file.ts'
import * as older from '../support/link-protocol-0/link.js'

let folder: string
let socketPath: string
let link: FigureLink | undefined
let server: Pick<LinkServer, 'close'> | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-figures-'))
  socketPath = join(folder, 's.sock')
})

afterEach(() => {
  link?.close()
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const usage = {
  cpuMs: 1,
  busyMs: 1,
  rssBytes: 1,
  heapBytes: 1,
  delay: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
}
const figures = (number: number): ProcessFigures => ({
  number,
  isWhole: true,
  pid: process.pid,
  startedAtMs: 0,
  usage,
})

function openLink(): { readonly got: number[]; readonly ended: () => boolean } {
  const got: number[] = []
  let isEnded = false
  link = new FigureLink({
    identity: identify(process.pid) ?? { pid: 0, startTicks: 0 },
    socketPath,
    onFigures: ({ number }) => got.push(number),
    onEnded: () => (isEnded = true),
  })
  return { got, ended: () => isEnded }
}

test('figures are asked for with the number of those before, and come once more when the process leaves', async () => {
  const asked: (number | undefined)[] = []
  const own = new LinkServer({
    socketPath,
    onCommand: () => undefined,
    figures: (after) => {
      asked.push(after)
      return figures(asked.length)
    },
  })
  server = own
  await own.start()
  const { got } = openLink()
  await link?.ask(undefined)
  await link?.ask(1)
  expect(got).toEqual([1, 2])
  expect(asked).toEqual([undefined, 1])
  // It confirms that it sends no requests, or the process would wait for it.
  await own.leave()
  own.close()
  await until('the last figures are there', () => Promise.resolve(got.length === 3))
  expect(asked).toEqual([undefined, 1, undefined])
})

test('a link on which nobody has asked is sent nothing when the process leaves', async () => {
  const own = new LinkServer({ socketPath, onCommand: () => undefined, figures: () => figures(1) })
  server = own
  await own.start()
  const { got } = openLink()
  await own.leave()
  own.close()
  await link?.ask(undefined)
  expect(got).toEqual([])
})

test('a process of an earlier build, which has no figures, is asked once', async () => {
  let commands = 0
  const olderServer = new (older.LinkServer as typeof LinkServer)({
    socketPath,
    onCommand: () => {
      commands++
    },
  })
  server = olderServer
  await olderServer.start()
  const { got } = openLink()
  await link?.ask(undefined)
  await link?.ask(undefined)
  expect({ got, commands }).toEqual({ got: [], commands: 1 })
})

test('what was written last is read again; if it is torn, what was written before it', () => {
  const ledger = new Ledger()
  const file = new FiguresFile(folder)
  expect(file.read()).toBeUndefined()
  for (let i = 1; i <= 3; i++) {
    ledger.count('restarts', ['primary-0'])
    file.write(ledger.save())
  }
  const countIn = (one: FiguresFile): number | undefined => one.read()?.carried.tallies[0]?.count
  expect(countIn(new FiguresFile(folder))).toBe(3)
  const [newest = ''] = readdirSync(folder)
    .filter((name) => name.startsWith('figures.'))
    .map((name) => join(folder, name))
    .filter((path) => readFileSync(path, 'utf8').includes('"number":3'))
  truncateSync(newest, 40)
  const next = new FiguresFile(folder)
  expect(countIn(next)).toBe(2)
  // It goes over the torn one, not over the one that is whole.
  ledger.count('restarts', ['primary-0'])
  next.write(ledger.save())
  expect(countIn(new FiguresFile(folder))).toBe(4)
  writeFileSync(newest, '{"format":99}')
  expect(countIn(new FiguresFile(folder))).toBe(2)
  next.remove()
  expect(new FiguresFile(folder).read()).toBeUndefined()
})
