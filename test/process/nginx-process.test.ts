import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { cliPath } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import {
  findNginx,
  nginxFiles,
  startNginx,
  stopNginx,
  tellNginx,
} from '../../src/gateway/nginx/nginx-process.ts'
import { boundAddress, fileDescriptor, openListeningSocket } from '../../src/process/index.ts'
import { ordinaryUser } from '../support/ordinary-user.ts'

const program = '/usr/sbin/nginx'
const missing = missingComponents('nginx')

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'changeover-nginx-process-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function writeConfig(place: string, listen: string): string {
  mkdirSync(place, { recursive: true })
  const path = join(place, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(place, name)};`,
  )
  writeFileSync(
    path,
    `daemon off; pid ${join(place, 'nginx.pid')}; error_log stderr; worker_processes 1; ${process.geteuid?.() === 0 ? 'user root;' : ''}
events {}
http { access_log off; ${temporary.join(' ')} server { listen ${listen}; return 200 'nginx'; } }`,
  )
  return path
}

const stopInNoFolder = `
import { stopNginx } from ${JSON.stringify(join(dirname(cliPath), '../gateway/nginx/nginx-process.js'))}
console.log(await stopNginx('/no/run/folder', 0))`

/** nginx processes that work in a folder. */
const workingIn = (place: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const name = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        return pid > 0 && name.startsWith('nginx:') && readlinkSync(`/proc/${pid}/cwd`) === place
      } catch {
        return false
      }
    })

describe.skipIf(missing !== false)(
  `the nginx of a run folder${missing === false ? '' : ` (${missing})`}`,
  () => {
    test('is not another one, whatever number its pid file has', async () => {
      const config = writeConfig(join(folder, 'other'), `unix:${join(folder, 'other.sock')}`)
      const other = spawn(program, ['-c', config, '-e', 'stderr'], { detached: true, stdio: 'ignore' })
      const ended = new Promise((resolve) => other.once('exit', resolve))
      try {
        await until('it runs', () => existsSync(join(folder, 'other/nginx.pid')))
        const runFolder = join(folder, 'run')
        writeConfig(join(runFolder, 'nginx'), `unix:${join(folder, 'ours.sock')}`)
        writeFileSync(nginxFiles(runFolder).pidFile, `${other.pid}\n`)
        expect(findNginx(nginxFiles(runFolder))).toBeUndefined()
        expect(await stopNginx(runFolder, 0)).toBe(false)
        // A process that got the number of ours since, and does not know the signal, would end by it.
        const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
        for (const what of ['reload', 'reopenLogs'] as const)
          for (const pid of [other.pid, stranger.pid]) tellNginx(pid ?? 0, nginxFiles(runFolder), what)
        process.kill(stranger.pid ?? 0, 'SIGTERM')
        expect(await new Promise((resolve) => stranger.once('exit', (_, signal) => resolve(signal)))).toBe(
          'SIGTERM',
        )
        // Nor where there is no folder of ours, and another user's process does not say where it works.
        const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', stopInNoFolder], {
          encoding: 'utf8',
          timeout: 20_000,
          ...ordinaryUser,
        })
        expect(stdout).toBe('false\n')
        // The old one, by the number in the file, is not asked to end either when ours starts.
        const socket = openListeningSocket('127.0.0.1:0')
        writeConfig(join(runFolder, 'nginx'), `${boundAddress(socket.handle)} backlog=512`)
        await startNginx(program, nginxFiles(runFolder), fileDescriptor(socket.handle))
        expect(await stopNginx(runFolder, 10_000)).toBe(true)
        socket.close()
        expect([other.exitCode, other.signalCode]).toEqual([null, null])
      } finally {
        other.kill('SIGKILL')
        await ended
      }
    })

    test('ends whole, also where its master was killed and its workers serve on', async () => {
      // People's folders have names in their own language.
      const runFolder = join(folder, '运行')
      const files = nginxFiles(runFolder)
      const socket = openListeningSocket('127.0.0.1:0')
      const address = boundAddress(socket.handle)
      writeConfig(files.folder, `${address} backlog=512`)
      await startNginx(program, files, fileDescriptor(socket.handle))
      socket.close()
      const ask = async (): Promise<string> =>
        (await fetch(`http://${address}/`, { headers: { connection: 'close' } })).text()
      await until('it answers', async () => (await ask()) === 'nginx')
      process.kill(findNginx(files) ?? 0, 'SIGKILL')
      await until('its master is gone', () => findNginx(files) === undefined)
      expect(await ask()).toBe('nginx')
      expect(workingIn(files.folder)).not.toEqual([])
      expect(await stopNginx(runFolder, 10_000)).toBe(true)
      expect(workingIn(files.folder)).toEqual([])
      await expect(ask()).rejects.toThrow()
    })
  },
)
