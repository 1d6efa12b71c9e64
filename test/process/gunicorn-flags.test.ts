import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { cliPath, exampleFolder, firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { formatAccessLine, HttpPort } from '../../src/http/index.ts'
import { flagName, gunicornFlags } from '../../src/integrations/index.ts'
import { exampleConfig } from '../../src/integrations/testing/example.ts'
import { openListeningSocket } from '../../src/process/index.ts'
import { activate } from '../../src/store/index.ts'
import { openClient } from '../support/raw-client.ts'
import { startServe } from '../support/serve.ts'

const missing = missingComponents('gunicorn')

/** The flags that the real program lists: all their names, and whether a value follows. */
function realFlags(): readonly string[] {
  const help = execFileSync('/usr/bin/gunicorn', ['--help'], { encoding: 'utf8' })
  return help.split('\n').flatMap((line) => {
    const flags = /^ {2}(-[^ ].*?)(?: {2,}.*)?$/.exec(line)?.[1]
    if (flags === undefined) return []
    const takesValue = / [A-Z]/.test(flags)
    const names = [...flags.matchAll(/--?[\w-]+/g)].map(([name]) => name)
    return [`${names.join(', ')}${takesValue ? ' VALUE' : ''}`]
  })
}

const withName = missing === false ? '' : ` (${missing})`

describe('gunicorn’s flags', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-flags-'))
  const configPath = join(folder, 'changeover.yaml')
  writeFileSync(
    configPath,
    `service: ${join(exampleFolder, 'service.ts')}
models: { name_question: { initial: ${firstModel}, tokenizer: jieba } }
`,
  )
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.skipIf(missing !== false)(`the table is gunicorn’s${withName}`, () => {
    const table = gunicornFlags.map((flag) => `${flagName(flag)}${flag.takesValue ? ' VALUE' : ''}`)
    expect(table.toSorted()).toEqual(realFlags().toSorted())
  })

  test.each(['serve', 'up', 'status'])(
    '%s refuses gunicorn’s own configuration, and says what translates it',
    (command) => {
      for (const config of [join(folder, 'gunicorn.py'), 'python:names.gunicorn']) {
        const run = spawnSync(process.execPath, [cliPath, command, '-c', config], { encoding: 'utf8' })
        expect([run.status, run.stdout]).toEqual([2, ''])
        expect(run.stderr).toContain(`${config} is a configuration of gunicorn, in Python; run`)
        expect(run.stderr).toContain('changeover adopt')
      }
    },
  )

  test.each(['serve', 'up'])(
    '%s says that it does not read GUNICORN_CMD_ARGS, unless it is empty',
    (command) => {
      const check = (flags: string) =>
        spawnSync(process.execPath, [cliPath, command, '-c', configPath, '--check-config'], {
          encoding: 'utf8',
          env: { ...process.env, GUNICORN_CMD_ARGS: flags },
        })
      const warned = check('--workers 4')
      expect(warned.stderr).toMatch(/^changeover: GUNICORN_CMD_ARGS is not read \(--workers 4\); .*\n$/)
      expect([warned.status, warned.stdout]).toEqual([0, `${configPath}: ok, 1 route\n`])
      expect(check(' ').stderr).toBe('')
    },
  )

  test('call reaches a Unix socket too', async () => {
    const socket = join(folder, 'names.sock')
    const serve = await startServe(['-c', configPath, '-b', '127.0.0.1:0', '-b', `unix:${socket}`])
    try {
      const request = join(exampleFolder, 'request.json')
      const [onSocket, onPort] = await Promise.all(
        [`unix:${socket}:`, serve.address].map((to) => runCli(['call', `${to}${routePath}`, request])),
      )
      const answerOf = (run: typeof onSocket): string | undefined =>
        run?.stdout.split('\n').slice(1).join('\n')
      expect(onSocket).toMatchObject({ code: 0, stderr: '' })
      expect(answerOf(onSocket)).toBe(answerOf(onPort))
      expect((await runCli(['call', `unix:${socket}:/none`])).stderr).toContain('answered 404')
      expect(await runCli(['call', 'names'])).toMatchObject({ code: 2 })
      expect((await runCli(['call', `unix:${socket}x:/`])).stderr).toContain(`${socket}x does not answer`)
    } finally {
      await serve.stop()
    }
  })

  test('those without a meaning here are refused with what takes their place', () => {
    for (const [command, args, message] of [
      ['serve', ['--threads', '4'], '--threads is not supported'],
      ['up', ['-D'], '-D, --daemon is not supported'],
      ['serve', ['app:app'], 'app:app would be gunicorn’s application'],
      ['up', ['-b', 'a:1', '-b', 'b:2'], 'the gateway listens at one address'],
      ['serve', ['-t', '1.5'], '-t takes a whole number from 0 to 999999, not “1.5”'],
      ['serve', ['--log-file', join(folder, 'no/where.log')], `the log file ${folder}/no/where.log`],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [cliPath, command, ...args, '-c', configPath], {
        encoding: 'utf8',
      })
      expect([status, stderr]).toEqual([2, expect.stringContaining(`changeover: ${message}`)])
    }
  })

  test('--check-config says whether configuration and service can be used, and ends', () => {
    const check = (path: string, command = 'serve') =>
      spawnSync(process.execPath, [cliPath, command, '--check-config', '-c', path], { encoding: 'utf8' })
    expect(check(configPath, 'up')).toMatchObject({ status: 0, stdout: `${configPath}: ok, 1 route\n` })
    const broken = join(folder, 'broken.yaml')
    writeFileSync(broken, 'service: nowhere.ts\nmodels: {}\n')
    expect(check(broken)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('service_invalid') as string,
    })
  })

  test('every -b is listened on, a unix:path is open to every user of the machine; -p writes the process id; both are removed at the end', async () => {
    const [socketPath, pidFile] = [join(folder, 'names.sock'), join(folder, 'names.pid')]
    const args = ['-c', 'changeover.yaml', '--chdir', folder, '-p', pidFile]
    const serve = await startServe([...args, '-b', '127.0.0.1:0', '-b', 'unix:names.sock'])
    try {
      expect((await fetch(serve.address)).status).toBe(200)
      expect(Number(readFileSync(pidFile, 'utf8'))).toBe(serve.pid)
      const status = await new Promise((resolve, reject) => {
        request({ socketPath, path: '/' }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
      expect(status).toBe(200)
      const second = spawnSync(process.execPath, [cliPath, 'serve', ...args, '-b', '127.0.0.1:0'], {
        encoding: 'utf8',
      })
      expect(second.stderr).toContain('already_running')

      const target = { model: 'name_question', version: basename(secondModel).slice(14, -4) }
      await runCli(['publish', secondModel, '-c', configPath])
      activate(join(folder, '.changeover/store'), target, Date.now())
      serve.signal('SIGHUP')
      const body = readFileSync(join(exampleFolder, 'request.json'), 'utf8')
      await until('HUP takes up the version that is active now', async () => {
        const { headers } = await fetch(serve.address + routePath, { method: 'POST', body })
        return headers.get('x-model-version')?.endsWith(target.version) === true
      })
    } finally {
      expect(await serve.stop()).toBe(0)
    }
    expect([socketPath, pidFile].filter((path) => existsSync(path))).toEqual([])
  })

  test.skipIf(missing !== false)(
    `lines of the access log are gunicorn’s, and the id of the request${withName}`,
    async () => {
      const requests = [
        'GET /a?b="c" HTTP/1.1\r\nHost: x\r\nReferer: http://x/"\r\nUser-Agent: an "agent\\"\r\n',
        `POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nAuthorization: Basic ${btoa('me:secret')}\r\n`,
        'GET /c HTTP/1.0\r\n',
      ]
      const ask = async (address: string): Promise<void> => {
        for (const text of requests) {
          const client = openClient(address)
          client.send(`${text}Connection: close\r\n\r\n`)
          await client.ended
          client.socket.destroy()
        }
      }
      writeFileSync(
        join(folder, 'app.py'),
        `def app(environ, start_response):
    start_response('404 Not Found', [('Content-Length', '7')])
    return [b'nothing']
`,
      )
      const gunicorn = spawn(
        '/usr/bin/gunicorn',
        ['-b', '127.0.0.1:0', '--chdir', folder, '--access-logfile', '-', 'app:app'],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      )
      let [said, theirs] = ['', '']
      gunicorn.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      gunicorn.stdout.setEncoding('utf8').on('data', (text: string) => (theirs += text))
      const ours: string[] = []
      const port = new HttpPort({
        limits: { ...exampleConfig.http, bodyLimitBytes: exampleConfig.bodyLimitBytes },
        stopTimeoutMs: 1_000,
        onRequest: (_, respond) => respond({ status: 404, headers: '', body: 'nothing' }),
        onAnswered: (answered) => ours.push(formatAccessLine(answered, Date.now())),
      })
      await port.start([openListeningSocket('127.0.0.1:0').handle])
      try {
        await until('gunicorn listens', () => said.includes('Booting worker'))
        await ask(/http:\S+/.exec(said)?.[0] ?? '')
        await ask(port.address)
        await until('gunicorn has logged all', () => theirs.trim().split('\n').length === requests.length)
      } finally {
        gunicorn.kill()
        await port.close({ isPatient: false })
      }
      const withoutTime = (line: string): string =>
        line.replace(/ "[0-9a-f]{32}"$/, '').replace(/\[\d\d\/\w{3}\/\d{4}(:\d\d){3} \+0000\]/, '[time]')
      for (const line of ours) expect(line).toMatch(/ "[0-9a-f]{32}"$/)
      expect(ours.map(withoutTime)).toEqual(theirs.trim().split('\n').map(withoutTime))
    },
  )
})
