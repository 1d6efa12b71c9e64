import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { cliPath } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { locateRunFolder } from '../../src/run-folder/index.ts'
import { canMountExfat, mountExfat } from '../support/mount.ts'
import { isClosedToOthers } from '../support/ordinary-user.ts'

const isRoot = process.geteuid?.() === 0
const stranger = { uid: 65_534, gid: 65_534 }
/** No machine has a name for it. */
const nameless = { uid: 54_321, gid: 54_321 }

type Who = { readonly uid?: number; readonly gid?: number }
type Run = {
  readonly pid: number
  readonly said: () => string
  readonly exited: Promise<number | null>
  /** It has ended, and so has whoever else writes to its output. */
  readonly silent: Promise<number | null>
  readonly signal: (signal: NodeJS.Signals) => void
}

let folder: string
let runs: ChildProcess[]
beforeEach(() => {
  folder = mkdtempSync('/tmp/changeover-owner-')
  chmodSync(folder, 0o755)
  runs = []
  writeFileSync(
    join(folder, 'service.ts'),
    `import { defineService } from 'changeover'
export default defineService((routes) => { routes.get('/word', () => 'word') })`,
  )
  configure('')
})
afterEach(async () => {
  await Promise.all(
    runs.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await gone
    }),
  )
  rmSync(folder, { recursive: true })
})

const configPath = (): string => join(folder, 'changeover.yaml')

function configure(lines: string): void {
  writeFileSync(
    configPath(),
    `service: service.ts\nmodels: {}\nprimary: { bind: '127.0.0.1:0' }\nbackup: { bind: '127.0.0.1:0' }\ngateway: { bind: '127.0.0.1:0' }\n${lines}\n`,
  )
}

function start(args: readonly string[], who: Who = {}, env: NodeJS.ProcessEnv = process.env): Run {
  const child = spawn(process.execPath, [cliPath, ...args, '--config', configPath()], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    ...who,
  })
  runs.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  return {
    pid: child.pid ?? 0,
    said: () => said,
    exited: new Promise((resolve) => child.once('exit', resolve)),
    silent: new Promise((resolve) => child.once('close', resolve)),
    signal: (signal) => void child.kill(signal),
  }
}

async function run(args: readonly string[], who?: Who, env?: NodeJS.ProcessEnv) {
  const { silent, said } = start(args, who, env)
  return { code: await silent, said: said() }
}

const untilReady = (one: Run, word = 'ready; control API'): Promise<void> =>
  until('it is ready', async () => {
    const code = await Promise.race([one.exited, Promise.resolve(undefined)])
    if (code !== undefined) throw new Error(`it ended:\n${one.said()}`)
    return one.said().includes(word)
  })

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`)

describe('one folder', () => {
  test('has one supervisor, of those that start at once, after one that was killed, and while it is stopped', async () => {
    const both = [start(['up']), start(['up'])]
    const [code] = await Promise.race(both.map(async (one, place) => [await one.exited, place] as const))
    expect(code).toBe(1)
    const first = both.find(({ pid }) => isRunning(pid)) as Run
    const second = both.find((one) => one !== first) as Run
    await second.silent
    expect(second.said()).toContain(`a supervisor runs here already, as process ${first.pid}`)
    expect(second.said()).toContain('(already_running)')
    await untilReady(first)

    first.signal('SIGSTOP')
    const [third, status, down] = await Promise.all([run(['up']), run(['status']), run(['down'])])
    const hint = `kill -CONT ${first.pid}`
    expect([third.code, third.said]).toEqual([1, expect.stringContaining(hint)])
    for (const { code, said } of [status, down])
      expect([code, said]).toEqual([1, expect.stringMatching(new RegExp(`within 10 s .*${hint}`))])
    first.signal('SIGCONT')
    // It was asked to stop, and does.
    expect(await first.exited).toBe(0)

    const fourth = start(['up'])
    await untilReady(fourth)
    fourth.signal('SIGKILL')
    await fourth.exited
    const next = [start(['up']), start(['up'])]
    await Promise.race(next.map(({ exited }) => exited))
    const adopter = next.find(({ pid }) => isRunning(pid)) as Run
    await untilReady(adopter)
    expect(adopter.said()).toContain('adopted 3 processes')
    expect((await run(['down'])).said).toContain('stopped')
    expect(await adopter.exited).toBe(0)
  })

  test('has many instances alone, each with a folder of its own; what a killed one left is removed', async () => {
    const serves = [start(['serve']), start(['serve'])]
    await Promise.all(serves.map((one) => untilReady(one, 'listening at')))
    const listServes = (): string[] =>
      readdirSync(join(folder, '.changeover/run')).filter((name) => name.startsWith('serve-'))
    const [kept, left] = [serves[0] as Run, serves[1] as Run]
    expect(listServes()).toHaveLength(2)
    left.signal('SIGKILL')
    await left.exited
    const third = start(['serve'])
    await untilReady(third, 'listening at')
    expect(listServes()).toHaveLength(2)
    for (const one of [kept, third]) {
      one.signal('SIGTERM')
      expect(await one.exited).toBe(0)
    }
    expect(listServes()).toEqual([])
  })
})

test('a Unix socket to serve at is not taken from a serve that lives, and is from one that was killed', async () => {
  const path = join(folder, 'a b.sock')
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ socketPath: path, path: '/word' }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve(text))
      }).on('error', reject)
    })
  const [first, second] = [start(['serve', '-b', `unix:${path}`]), start(['serve', '-b', `unix:${path}`])]
  const loser = await Promise.race([first, second].map(async (one) => (await one.exited, one)))
  const winner = loser === first ? second : first
  await loser.silent
  expect(loser.said()).toContain('is in use by another process')
  await untilReady(winner, 'listening at')
  expect(await ask()).toBe('word')
  winner.signal('SIGKILL')
  await winner.silent
  expect(existsSync(path)).toBe(true)
  const third = start(['serve', '-b', `unix:${path}`])
  await untilReady(third, 'listening at')
  expect(await ask()).toBe('word')
  third.signal('SIGTERM')
  expect(await third.exited).toBe(0)
})

const closed = isRoot ? isClosedToOthers() : 'not root'
describe.skipIf(closed !== false)(`with other users${closed === false ? '' : ` (${closed})`}`, () => {
  test('nothing of theirs is taken for a stack’s, nor ended for one', async () => {
    const data = join(folder, 'd'.repeat(70))
    configure(`data: ${data}`)
    const place = { dataFolder: data, wanted: undefined, env: {} }
    mkdirSync(data)
    const run1 = locateRunFolder(place)
    expect(run1).toMatch(/^\/tmp\/changeover-0-/)
    // A stranger makes root's folder first, with a process that poses as the supervisor.
    const code = `
      const { mkdirSync, chmodSync } = require('node:fs')
      mkdirSync(${JSON.stringify(run1)}); chmodSync(${JSON.stringify(run1)}, 0o777)
      require('node:http').createServer((request, response) => { console.log('asked'); response.end('{}') })
        .listen(${JSON.stringify(join(run1, 'control.sock'))}, () => console.log('listens'))`
    const poser = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'], ...stranger })
    let heard = ''
    poser.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text))
    try {
      await until('it listens', () => heard.includes('listens'))
      const env = { ...process.env, XDG_RUNTIME_DIR: '' }
      const results = await Promise.all(
        ['serve', 'up', 'status', 'down'].map((command) => run([command], {}, env)),
      )
      for (const { code, said } of results)
        expect([code, said]).toEqual([1, expect.stringContaining('belongs to user 65534')])
      expect(heard).toBe('listens\n')
      expect(readdirSync(run1)).toEqual(['control.sock'])
    } finally {
      poser.kill('SIGKILL')
      rmSync(run1, { recursive: true, force: true })
    }
  })

  test('a user id without a name runs every command; root may ask its stack, others may not', async () => {
    chownSync(folder, nameless.uid, nameless.gid)
    const env = { PATH: process.env['PATH'], TMPDIR: folder }
    const stack = start(['up'], nameless, env)
    await untilReady(stack)
    const commands = [
      ['status'],
      ['history'],
      ['models', 'list'],
      ['verify'],
      ['generate', 'supervisor'],
      ['call', '/word'],
    ]
    for (const { code, said } of await Promise.all(commands.map((args) => run(args, nameless, env))))
      expect(code, said).toBe(0)
    expect((await run(['generate', 'supervisor'], nameless, env)).said).toContain('54321')
    const [asRoot, asStranger] = await Promise.all([run(['status']), run(['status'], stranger)])
    expect(asRoot.code).toBe(0)
    expect([asStranger.code, asStranger.said.includes('at ')]).toEqual([3, false])
    expect((await run(['down'], nameless, env)).code).toBe(0)
    expect(await stack.exited).toBe(0)
  })
})

describe('a pid file', () => {
  const pidPath = (): string => join(folder, 'serve.pid')
  const serve = (): Run => start(['serve', '-p', pidPath()])

  test('that names a living process of another program is replaced; one of a serve that lives is not', async () => {
    writeFileSync(pidPath(), `${process.pid}\n`)
    const first = serve()
    await untilReady(first, 'listening at')
    expect(readFileSync(pidPath(), 'utf8')).toBe(`${first.pid}\n`)
    const second = await run(['serve', '-p', pidPath()])
    expect([second.code, second.said]).toEqual([
      1,
      expect.stringContaining(`process ${first.pid} already runs`),
    ])
    expect(readFileSync(pidPath(), 'utf8')).toBe(`${first.pid}\n`)
    first.signal('SIGTERM')
    expect(await first.exited).toBe(0)
    expect(existsSync(pidPath())).toBe(false)
  })

  test.skipIf(!isRoot)('of another user is replaced if his process is another program', async () => {
    chmodSync(folder, 0o777)
    const other = spawn('sleep', ['60'], { ...nameless, stdio: 'ignore' })
    runs.push(other)
    writeFileSync(pidPath(), `${other.pid ?? 0}\n`)
    chownSync(pidPath(), nameless.uid, nameless.gid)
    const first = start(['serve', '-p', pidPath()], stranger)
    await untilReady(first, 'listening at')
    expect(readFileSync(pidPath(), 'utf8')).toBe(`${first.pid}\n`)
    configure('data: another')
    const second = await run(['serve', '-p', pidPath()], nameless)
    expect([second.code, second.said]).toEqual([
      1,
      expect.stringContaining(`process ${first.pid} already runs`),
    ])
    first.signal('SIGTERM')
    expect(await first.exited).toBe(0)
  })

  test('is not written through a link, and its folder must be there', async () => {
    const target = join(folder, 'target')
    writeFileSync(target, 'precious')
    symlinkSync(target, pidPath())
    const one = serve()
    await untilReady(one, 'listening at')
    expect(lstatSync(pidPath()).isSymbolicLink()).toBe(false)
    expect(readFileSync(target, 'utf8')).toBe('precious')
    one.signal('SIGTERM')
    expect(await one.exited).toBe(0)
    const missing = await run(['serve', '-p', join(folder, 'missing/serve.pid')])
    expect(missing.code).toBe(2)
    expect(missing.said).toBe(
      `changeover: the process id cannot be written to ${join(folder, 'missing/serve.pid')}: there is no folder ${join(folder, 'missing')}; make it, or specify another file with -p (bad_usage)\n`,
    )
  })
})

const unmountable = canMountExfat()
describe.skipIf(unmountable !== false)(
  `a data folder on exFAT${unmountable === false ? '' : ` (${unmountable})`}`,
  () => {
    test('has its sockets elsewhere, or where the key run says, and every command finds them', async () => {
      const disk = join(folder, 'disk')
      const runtime = join(folder, 'runtime')
      mkdirSync(disk)
      mkdirSync(runtime, { mode: 0o700 })
      const unmount = mountExfat(disk)
      try {
        configure(`data: ${join(disk, 'data')}`)
        const env = { ...process.env, XDG_RUNTIME_DIR: runtime }
        const stack = start(['up'], {}, env)
        await untilReady(stack)
        expect(stack.said()).toContain(`control API at ${runtime}/changeover-`)
        expect((await run(['status'], {}, { ...process.env, XDG_RUNTIME_DIR: '' })).code).toBe(0)
        expect((await run(['down'])).code).toBe(0)
        expect(await stack.exited).toBe(0)
        configure(`data: ${join(disk, 'data')}\nrun: sockets`)
        const other = start(['up'], {}, env)
        await untilReady(other)
        expect(other.said()).toContain(`control API at ${join(folder, 'sockets/control.sock')}`)
        expect((await run(['down'])).code).toBe(0)
        expect(await other.exited).toBe(0)
      } finally {
        unmount()
      }
    })
  },
)
