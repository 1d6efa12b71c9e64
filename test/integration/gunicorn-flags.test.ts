import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { flagName, gunicornFlags } from '../../src/neighbours/index.ts'
import { cliPath, exampleFolder, firstModel } from '../support/paths.ts'
import { missingComponents } from '../support/real-components.ts'
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

  test.skipIf(missing !== false)(`the table is gunicorn’s${missing === false ? '' : ` (${missing})`}`, () => {
    const table = gunicornFlags.map((flag) => `${flagName(flag)}${flag.takesValue ? ' VALUE' : ''}`)
    expect(table.toSorted()).toEqual(realFlags().toSorted())
  })

  test('those without a meaning here are refused with what takes their place', () => {
    for (const [args, message] of [
      [['--threads', '4'], '--threads has no place here'],
      [['-D'], '-D, --daemon is not there'],
      [['app:app'], 'app:app would be gunicorn’s application'],
      [['-b', 'a:1', '-b', 'b:2'], 'an instance listens at one address'],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [cliPath, 'serve', ...args, '-c', configPath], {
        encoding: 'utf8',
      })
      expect([status, stderr]).toEqual([2, expect.stringContaining(`changeover: ${message}`)])
    }
  })

  test('--check-config says whether configuration and service can be used, and ends', () => {
    const check = (path: string) =>
      spawnSync(process.execPath, [cliPath, 'serve', '--check-config', '-c', path], { encoding: 'utf8' })
    expect(check(configPath)).toMatchObject({ status: 0, stdout: `${configPath}: ok, 1 route\n` })
    const broken = join(folder, 'broken.yaml')
    writeFileSync(broken, 'service: nowhere.ts\nmodels: {}\n')
    expect(check(broken)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('service_invalid') as string,
    })
  })

  test('-b unix:/path serves to every user of the machine, -p writes the process id; both are gone at the end', async () => {
    const [socketPath, pidFile] = [join(folder, 'names.sock'), join(folder, 'names.pid')]
    const args = ['-c', 'changeover.yaml', '--chdir', folder, '-p', pidFile]
    const serve = await startServe([...args, '-b', `unix:${socketPath}`])
    try {
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
    } finally {
      expect(await serve.stop()).toBe(0)
    }
    expect([socketPath, pidFile].filter((path) => existsSync(path))).toEqual([])
  })
})
