import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { cliPath } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import {
  checkSocket,
  findOwner,
  identify,
  isAlive,
  isAnswered,
  kill,
  listenOn,
  locateRunFolder,
  prepareRunFolder,
  takeOwnership,
} from '../../src/run-folder/index.ts'
import { stopProcess } from '../../src/supervisor/processes/stop-process.ts'
import { canMountExfat, mountExfat } from '../support/mount.ts'

/** Not in the temporary folder of the environment: its path may be long. */
let folder: string
beforeEach(() => (folder = mkdtempSync('/tmp/changeover-run-')))
afterEach(() => rmSync(folder, { recursive: true }))

const ownerModule = join(dirname(cliPath), '../run-folder/index.js')

/** Runs code in a process of its own until it says something. */
async function runUntilItSpeaks(code: string): Promise<{ pid: number; killHard: () => Promise<void> }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return {
    pid: child.pid ?? 0,
    killHard: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

describe('the owner of a run folder', () => {
  const ownInAnotherProcess = () =>
    runUntilItSpeaks(`
      import { takeOwnership } from ${JSON.stringify(ownerModule)}
      const taken = await takeOwnership(${JSON.stringify(folder)})
      console.log(Object.keys(taken).join())
      setInterval(() => undefined, 1000)`)

  test('is one, of however many who ask at once, and the next when he is killed, also if he is stopped', async () => {
    const other = await ownInAnotherProcess()
    expect(await findOwner(folder)).toBe(other.pid)
    process.kill(other.pid, 'SIGSTOP')
    expect(await takeOwnership(folder)).toEqual({ ownerPid: other.pid })
    await other.killHard()
    expect(await findOwner(folder)).toBeUndefined()
    for (let round = 0; round < 20; round++) {
      const taken = await Promise.all(Array.from({ length: 8 }, () => takeOwnership(folder)))
      const owners = taken.flatMap((one) => ('release' in one ? [one] : []))
      expect(owners).toHaveLength(1)
      expect(taken.filter((one) => 'ownerPid' in one && one.ownerPid === process.pid)).toHaveLength(7)
      owners[0]?.release()
    }
    expect(await findOwner(folder)).toBeUndefined()
  })

  test('is never taken its word, however often owners die while others ask', async () => {
    for (let round = 0; round < 3; round++) {
      const other = await ownInAnotherProcess()
      const asked = Array.from({ length: 8 }, async () => {
        for (;;) {
          const taken = await takeOwnership(folder)
          if ('release' in taken) return taken
          await sleep(1)
          if (taken.ownerPid === process.pid) return undefined
        }
      })
      await other.killHard()
      const owners = (await Promise.all(asked)).flatMap((one) => one ?? [])
      expect(owners).toHaveLength(1)
      owners[0]?.release()
    }
  })
})

describe('a socket', () => {
  const servers: Server[] = []
  const newServer = (): Server => {
    const server = createServer((socket) => socket.destroy())
    servers.push(server)
    return server
  }
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  test('is replaced if it is dead, and left if it is answered or is not a socket', async () => {
    const path = join(folder, 'x.sock')
    const dead = await runUntilItSpeaks(
      `import { createServer } from 'node:net'; createServer().listen(${JSON.stringify(path)}, () => console.log('listens'))`,
    )
    await expect(listenOn(newServer(), path)).rejects.toMatchObject({ code: 'start_failed' })
    process.kill(dead.pid, 'SIGSTOP')
    await expect(listenOn(newServer(), path)).rejects.toMatchObject({ code: 'start_failed' })
    await dead.killHard()
    expect(lstatSync(path).isSocket()).toBe(true)
    await listenOn(newServer(), path)
    expect(await isAnswered(path)).toBe(true)
    writeFileSync(join(folder, 'file'), 'mine')
    await expect(listenOn(newServer(), join(folder, 'file'))).rejects.toMatchObject({ code: 'start_failed' })
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('mine')
  })
})

describe('a process', () => {
  test('whose number another one has by now gets no signal', async () => {
    const innocent = await runUntilItSpeaks(`console.log(1); setInterval(() => undefined, 1000)`)
    const now = identify(innocent.pid)
    if (now === undefined) throw new Error('it is not listed')
    expect(isAlive(now)).toBe(true)
    const before = { ...now, startTicks: now.startTicks - 1 }
    expect(isAlive(before)).toBe(false)
    kill(before)
    await stopProcess(before, join(folder, 'primary-0.1.sock'), 0)
    expect(isAlive(now)).toBe(true)
    kill(now)
    await until('it is gone', () => !isAlive(now))
    await innocent.killHard()
  })
})

const isRoot = process.geteuid?.() === 0
const stranger = 65_534

describe('the place of a run folder', () => {
  const prepare = (env: NodeJS.ProcessEnv = {}, wanted?: string, dataFolder = join(folder, 'data')) =>
    prepareRunFolder({ dataFolder, wanted, env })

  test('is in the data folder, for its user alone', async () => {
    const run = await prepare()
    expect(run).toBe(join(folder, 'data/run'))
    expect(lstatSync(run).mode & 0o777).toBe(0o700)
    chmodSync(run, 0o755)
    await prepare()
    expect(lstatSync(run).mode & 0o777).toBe(0o700)
  })

  const changes: readonly (readonly [string, () => void])[] = [
    ['others may write to', () => chmodSync(join(folder, 'data/run'), 0o777)],
    [
      'is a link',
      () => {
        renameSync(join(folder, 'data/run'), join(folder, 'elsewhere'))
        symlinkSync(join(folder, 'elsewhere'), join(folder, 'data/run'))
      },
    ],
    [
      'is a file',
      () => {
        rmSync(join(folder, 'data/run'), { recursive: true })
        writeFileSync(join(folder, 'data/run'), '')
      },
    ],
    ['is another user’s', () => chownSync(join(folder, 'data/run'), stranger, stranger)],
  ]
  test.each(isRoot ? changes : changes.slice(0, -1))('is refused where it %s', async (_what, change) => {
    await prepare()
    change()
    await expect(prepare()).rejects.toMatchObject({ code: 'run_folder_unusable' })
  })

  test('is what the configuration says, and there it is refused in the same way', async () => {
    const wanted = join(folder, 'sockets')
    expect(await prepare({}, wanted)).toBe(wanted)
    expect(locateRunFolder({ dataFolder: join(folder, 'data'), wanted, env: {} })).toBe(wanted)
    chmodSync(wanted, 0o777)
    await expect(prepare({}, wanted)).rejects.toMatchObject({ code: 'run_folder_unusable' })
    await expect(prepare({}, join(folder, 'x'.repeat(80)))).rejects.toMatchObject({ code: 'start_failed' })
  })

  test('is in XDG_RUNTIME_DIR for a long path, and commands find it from any environment; not for a copy', async () => {
    const dataFolder = join(folder, 'd'.repeat(70))
    const runtime = join(folder, 'runtime')
    mkdirSync(runtime, { mode: 0o700 })
    const run = await prepare({ XDG_RUNTIME_DIR: runtime }, undefined, dataFolder)
    expect(run).toMatch(new RegExp(`^${runtime}/changeover-[0-9a-f]{16}$`))
    expect(locateRunFolder({ dataFolder, wanted: undefined, env: {} })).toBe(run)
    expect(await prepare({}, undefined, dataFolder)).toBe(run)
    const copy = join(folder, 'c'.repeat(70))
    cpSync(dataFolder, copy, { recursive: true })
    expect(locateRunFolder({ dataFolder: copy, wanted: undefined, env: {} })).not.toBe(run)
  })

  test.skipIf(!isRoot)(
    'is not in a XDG_RUNTIME_DIR of somebody else, nor below a folder of his in /tmp',
    async () => {
      const dataFolder = join(folder, 'd'.repeat(70))
      const runtime = join(folder, 'runtime')
      mkdirSync(runtime)
      chownSync(runtime, stranger, stranger)
      const run = await prepare({ XDG_RUNTIME_DIR: runtime }, undefined, dataFolder)
      try {
        expect(run).toMatch(/^\/tmp\/changeover-0-[0-9a-f]{16}$/)
        rmSync(run, { recursive: true })
        mkdirSync(run)
        chownSync(run, stranger, stranger)
        rmSync(join(dataFolder, 'run-folder'))
        await expect(prepare({}, undefined, dataFolder)).rejects.toThrow(`${run} cannot hold the sockets`)
        await expect(prepare({}, join(run, 'deep'), dataFolder)).rejects.toMatchObject({
          code: 'run_folder_unusable',
        })
      } finally {
        rmSync(run, { recursive: true })
      }
    },
  )

  test('a socket is asked only where it is its user’s, in a folder of his', async () => {
    const run = await prepare()
    const server = createServer()
    const path = join(run, 'control.sock')
    await listenOn(server, path)
    try {
      const me = process.geteuid?.() ?? 0
      expect(() => checkSocket(path, [me])).not.toThrow()
      expect(() => checkSocket(path, [me + 1])).toThrow(/belongs to user/)
      chmodSync(run, 0o777)
      expect(() => checkSocket(path, [me])).toThrow(/777/)
    } finally {
      server.close()
    }
  })

  const unmountable = canMountExfat()
  test.skipIf(unmountable !== false)(
    `is elsewhere where the data folder knows no sockets, as exFAT${unmountable === false ? '' : ` (${unmountable})`}`,
    async () => {
      const runtime = join(folder, 'runtime')
      const disk = join(folder, 'disk')
      mkdirSync(runtime, { mode: 0o700 })
      mkdirSync(disk)
      const unmount = mountExfat(disk)
      try {
        const dataFolder = join(disk, 'data')
        const run = await prepare({ XDG_RUNTIME_DIR: runtime }, undefined, dataFolder)
        expect(run.startsWith(`${runtime}/changeover-`)).toBe(true)
        expect(locateRunFolder({ dataFolder, wanted: undefined, env: {} })).toBe(run)
        await expect(prepare({}, join(disk, 'run'), dataFolder)).rejects.toThrow(/with the key run/)
      } finally {
        unmount()
      }
    },
  )
})
