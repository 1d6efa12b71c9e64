import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, {
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import { openLogFile } from '../../src/main/log/log-file.ts'

let folder: string
let complaints: string[]
const complain = (message: string): void => void complaints.push(message)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-log-'))
  complaints = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

/** The number of the descriptor that a file is open at in this process; undefined if it is closed. */
function descriptorOf(path: string): number | undefined {
  const { ino } = statSync(path)
  for (let fd = 3; fd < 200; fd++)
    try {
      if (fstatSync(fd).ino === ino) return fd
    } catch {
      // Not open.
    }
  return undefined
}

test('a file that cannot be opened again is used on, and closed once when it can be', async () => {
  const path = join(folder, 'logs/a.log')
  mkdirSync(join(folder, 'logs'))
  const file = openLogFile(path, complain)
  file.write(Buffer.from('one\n'))
  renameSync(join(folder, 'logs'), join(folder, 'moved'))
  for (let i = 0; i < 3; i++) file.reopen()
  expect(complaints).toHaveLength(3)
  expect(complaints[0]).toMatch(/cannot be opened again: ENOENT.*still go to the one before/)
  file.write(Buffer.from('two\n'))

  mkdirSync(join(folder, 'logs'))
  file.reopen()
  file.write(Buffer.from('three\n'))
  await until('the old file is closed', () => descriptorOf(join(folder, 'moved/a.log')) === undefined)
  // Those of the library that would close it once more are behind it in the same queue.
  for (let i = 0; i < 10; i++) await stat(path)
  expect(complaints).toHaveLength(3)
  expect([read('moved/a.log'), read('logs/a.log')]).toEqual(['one\ntwo\n', 'three\n'])
})

test('lines that a full disk does not take are kept, and those that do not fit are counted', async () => {
  const path = join(folder, 'a.log')
  symlinkSync('/dev/full', path)
  const file = openLogFile(path, complain)
  for (let i = 0; i < 3; i++) file.write(Buffer.from(`${i}\n`))
  expect(complaints).toEqual([expect.stringMatching(/a\.log cannot be written: ENOSPC/)])
  const kilobytes = Buffer.from(`${'x'.repeat(1_023)}\n`)
  for (let i = 0; i < 2_000; i++) file.write(kilobytes)
  expect(complaints).toHaveLength(1)

  rmSync(path)
  file.reopen()
  const kept = read('a.log').split('\n').length - 1
  expect(read('a.log').slice(0, 6)).toBe('0\n1\n2\n')
  expect(kept).toBeGreaterThan(900)
  await until('the end is told', () => complaints.length > 1)
  expect(complaints.slice(1)).toEqual([
    `the log file ${path} can be written again; ${2_003 - kept} lines were lost`,
  ])
  file.write(Buffer.from('new\n'))
  expect(read('a.log')).toMatch(/\nnew\n$/)
})

test('a line that was written in two parts does not hide the end of a full disk', async () => {
  const path = join(folder, 'a.log')
  const file = openLogFile(path, complain)
  const { writeSync } = fs
  let next: 'short' | 'fails' | 'whole' = 'short'
  fs.writeSync = ((fd: number, bytes: Buffer) => {
    if (next === 'fails') throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
    const length = next === 'short' ? 2 : bytes.length
    next = 'whole'
    return writeSync(fd, bytes, 0, length)
  }) as typeof fs.writeSync
  try {
    file.write(Buffer.from('cut short\n'))
    next = 'fails'
    file.write(Buffer.from('second\n'))
    next = 'whole'
    file.write(Buffer.from('third\n'))
    await until('the end is told', () => complaints.length === 2)
  } finally {
    fs.writeSync = writeSync
  }
  expect(read('a.log')).toBe('cut short\nsecond\nthird\n')
})

/** Runs a module of a few lines that has the built log. */
function run(lines: string, ...args: string[]) {
  const module = pathToFileURL(join(import.meta.dirname, '../../dist/main/log/log.js')).href
  const script = join(folder, `script-${args.join('-')}.mjs`)
  writeFileSync(
    script,
    `import { createLog, openLogs } from '${module}'\nconst args = process.argv.slice(2)\n${lines}`,
  )
  return spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
}

test('lines of several processes stay whole, and the last ones are there when a process dies', async () => {
  const children = ['1', '2', '3'].map((name) =>
    run(
      `openLogs({ error: 'error.log' }, { logLevel: 'debug', logFormat: 'json', accessLogFormat: 'json' })
       const log = createLog('p' + args[0])
       for (let i = 0; i < 500; i++) log('info', String(i), { requestId: 'x'.repeat(i * 20) })
       throw new Error('it is the end')`,
      name,
    ),
  )
  const said = await Promise.all(children.map(({ stderr }) => text(stderr)))
  for (const one of said) expect(one).toContain('it is the end')
  const records = read('error.log')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
  for (const process of ['p1', 'p2', 'p3']) {
    const numbers = records.filter((one) => one['process'] === process).map(({ msg }) => Number(msg))
    expect(numbers).toEqual([...Array(500).keys()])
  }
  const last = records.filter(({ msg }) => msg?.startsWith('uncaught: Error: it is the end'))
  expect(last.map(({ level }) => level)).toEqual(['error', 'error', 'error'])
})

test('a reader that does not read stops no process, and gets whole lines when it does', async () => {
  const child = run(
    `const log = createLog(undefined)
     for (let i = 0; i < 20_000; i++) log('info', 'line ' + i)
     console.log('done')
     process.stdin.resume()
     setInterval(() => log('info', 'later'), 100)`,
  )
  await once(child.stdout, 'data')
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => (printed += part))
  await until('what was kept is written', () => printed.includes('"later"'))
  child.kill('SIGKILL')
  await once(child, 'close')
  const records = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(records.slice(0, 2).map(({ msg }) => msg)).toEqual(['line 0', 'line 1'])
  expect(records[0]).toMatchObject({ level: 'info', process: 'supervisor', pid: child.pid })
})
