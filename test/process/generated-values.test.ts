import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { split } from 'shlex'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import type { Installation } from '../../src/integrations/index.ts'
import {
  describeNginx,
  describeSupervisor,
  describeSystemd,
  formatMain,
  formatSupervisor,
  formatSystemd,
} from '../../src/integrations/index.ts'
import { exampleConfig } from '../../src/integrations/testing/example.ts'

/** Ends of paths that one of the two programs could read as something else. */
const ends = [
  'plain',
  'two words',
  '  spaces  inside',
  '50%',
  '%h%%n',
  '%(ENV_HOME)s',
  '$HOME',
  '${HOME}',
  '$$',
  "it's",
  '"quoted"',
  'back\\slash',
  'back\\',
  'back\\\\',
  '\\x41',
  ';',
  ' ;User=root',
  ' #User=root',
  'a;b#c',
  '-dash',
  '=equals',
  '名字',
  'line\nUser=root',
  'line\rUser=root',
  'line\u0085b',
  'tab\t',
  'end ',
  'end\u00a0',
  '[Service]',
  ',A="b"',
  ':colon',
  '{a,b}',
  '*?',
  '~',
]

type Installed = { readonly end: string; readonly installation: Installation; readonly text: string }

/** What is written for each of the ends; where it is refused there is nothing to read. */
function writeAll(write: (installation: Installation) => string): readonly Installed[] {
  return ends.flatMap((end) => {
    const configFolder = `/srv/${end}`
    const installation = {
      command: ['/usr/bin/true', `/opt/${end}`],
      configPath: `${configFolder}/${end}`,
      configFolder,
      dataFolder: `${configFolder}/${end}`,
      runFolder: `${configFolder}/${end}/run`,
      user: 'daemon',
      home: `/home/${end}`,
    }
    try {
      return [{ end, installation, text: write(installation) }]
    } catch {
      return []
    }
  })
}

function within(prefix: string): string {
  return mkdtempSync(join(tmpdir(), prefix))
}

const noSystemd = missingComponents('systemd')
describe.skipIf(noSystemd !== false)(
  `systemd reads what was meant${noSystemd === false ? '' : ` (${noSystemd})`}`,
  () => {
    const folder = within('changeover-units-')
    const written = writeAll(
      (installation) => formatSystemd(describeSystemd(exampleConfig, installation))[0]?.text ?? '',
    )
    const dumps = new Map<string, string>()

    beforeAll(() => {
      // Without the sockets that they need, which are not there.
      for (const [index, { text }] of written.entries())
        writeFileSync(join(folder, `a${index}.service`), text.replace(/^(Requires|After)=.*\n/gm, ''))
      const { stdout } = spawnSync(
        '/usr/bin/systemd-analyze',
        ['verify', ...written.map((_, index) => join(folder, `a${index}.service`))],
        { encoding: 'utf8', env: { ...process.env, SYSTEMD_LOG_LEVEL: 'debug' } },
      )
      for (const part of stdout.split(/^\s*-> Unit /m)) dumps.set(part.slice(0, part.indexOf(':')), part)
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test('most values can be written', () => {
      const refused = ends.filter((end) => !written.some((one) => one.end === end))
      expect(refused).toEqual([
        'back\\',
        'back\\\\',
        ' ;User=root',
        ' #User=root',
        'line\nUser=root',
        'line\rUser=root',
        'line\u0085b',
        'tab\t',
        'end ',
        'end\u00a0',
      ])
    })

    test.each(written.map(({ end }, index) => [end, index] as const))('%j', (_, index) => {
      const dump = dumps.get(`a${index}.service`) ?? ''
      const { command, configPath, configFolder, dataFolder } = written[index]?.installation ?? ({} as never)
      const values = (name: string): string[] =>
        [...dump.matchAll(new RegExp(`^\\s*${name}: (.*)$`, 'gm'))].map(([, value = '']) => value)
      expect(values('User')).toEqual(['daemon'])
      expect(values('WorkingDirectory')).toEqual([configFolder])
      expect(values('ReadWritePaths')).toEqual([dataFolder])
      // It prints words in a shell's quotes, with variables not yet put in: $$ is one $ then.
      const commands = values('Command Line').map((line) =>
        split(line.replaceAll('\\$', '$')).map((word) => word.replaceAll('$$', '$')),
      )
      expect(commands).toEqual([
        ['/usr/sbin/runuser', '-u', 'daemon', '--', '/usr/bin/mkdir', '-p', '-m', '700', dataFolder],
        [...command, 'up', '--config', configPath],
        [...command, 'reload', '--config', configPath],
      ])
    })
  },
)

test.skipIf(noSystemd !== false)('systemd makes the data folder itself if it is below /var/lib', () => {
  const folder = within('changeover-state-')
  try {
    const installation = {
      command: ['/usr/bin/true'],
      configPath: '/srv/a.yaml',
      configFolder: '/srv',
      dataFolder: '/var/lib/names',
      runFolder: '/var/lib/names/run',
      user: 'daemon',
      home: '/srv',
    }
    const text = formatSystemd(describeSystemd(exampleConfig, installation))[0]?.text ?? ''
    const unit = join(folder, 'names.service')
    writeFileSync(unit, text.replace(/^(Requires|After)=.*\n/gm, ''))
    const { stdout } = spawnSync('/usr/bin/systemd-analyze', ['verify', unit], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_LOG_LEVEL: 'debug' },
    })
    expect(stdout).toMatch(/^\s*StateDirectoryMode: 0?700$/m)
    expect(stdout).toMatch(/^\s*StateDirectory: names$/m)
    // Nothing that root does beforehand could be led elsewhere by a link.
    expect(stdout).not.toMatch(/Command Line: .*mkdir/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const isRoot = process.getuid?.() === 0
describe.skipIf(!isRoot || noSystemd !== false)(
  `what runs as root${isRoot ? '' : ' (not run as root)'}`,
  () => {
    const folder = within('changeover-link-')
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test('gives nothing away where the user has put a link in place of the data folder', () => {
      const [own, roots] = [join(folder, 'own'), join(folder, 'roots')]
      mkdirSync(own)
      mkdirSync(roots)
      chownSync(own, 1, 1)
      symlinkSync(roots, join(own, 'data'))
      symlinkSync(join(roots, 'new'), join(own, 'dangling'))
      for (const [name, works] of [
        ['data', true],
        ['dangling', false],
        ['fresh', true],
      ] as const) {
        const installation = {
          command: ['/usr/bin/true'],
          configPath: join(own, 'a.yaml'),
          configFolder: own,
          dataFolder: join(own, name),
          runFolder: join(own, name, 'run'),
          user: 'daemon',
          home: own,
        }
        const text = formatSystemd(describeSystemd(exampleConfig, installation))[0]?.text ?? ''
        const [, command = ''] = /^ExecStartPre=\+(.*)$/m.exec(text) ?? []
        const [file = '', ...args] = split(command)
        spawnSync('chmod', ['755', folder])
        expect(spawnSync(file, args).status === 0).toBe(works)
      }
      expect(statSync(roots).uid).toBe(0)
      expect(statSync(join(roots, 'new'), { throwIfNoEntry: false })).toBeUndefined()
      expect(statSync(join(own, 'fresh')).uid).toBe(1)
    })

    test('makes the folder of the sockets too where the configuration has it elsewhere', () => {
      const elsewhere = join(folder, 'elsewhere')
      mkdirSync(elsewhere)
      chownSync(elsewhere, 1, 1)
      spawnSync('chmod', ['755', folder])
      const run = join(elsewhere, 'deep/sockets')
      const installation = {
        command: ['/usr/bin/true'],
        configPath: join(elsewhere, 'a.yaml'),
        configFolder: elsewhere,
        dataFolder: join(elsewhere, 'data'),
        runFolder: run,
        user: 'daemon',
        home: elsewhere,
      }
      const text = formatSystemd(describeSystemd({ ...exampleConfig, run }, installation))[0]?.text ?? ''
      const commands = [...text.matchAll(/^ExecStartPre=\+(.*)$/gm)].map(([, command = '']) => split(command))
      expect(commands.map((command) => command.at(-1))).toEqual([installation.dataFolder, run])
      const [file = '', ...args] = commands[1] ?? []
      expect(spawnSync(file, args).status).toBe(0)
      const { uid, mode } = statSync(run)
      expect([uid, mode & 0o777]).toEqual([1, 0o700])
    })
  },
)

/** Reads a file as supervisord does, and says what it makes of each program. */
const reader = `
import json, sys
from supervisor.options import ServerOptions
import shlex
found = []
for path in sys.argv[1:]:
    options = ServerOptions()
    options.realize(["-c", path])
    [group] = options.process_group_configs
    [one] = group.process_configs
    found.append([shlex.split(one.command), one.directory, one.uid, one.environment, one.stdout_logfile])
print(json.dumps(found))
`

const noSupervisor = missingComponents('supervisor')
describe.skipIf(noSupervisor !== false)(
  `supervisord reads what was meant${noSupervisor === false ? '' : ` (${noSupervisor})`}`,
  () => {
    const folder = within('changeover-programs-')
    const written = writeAll((installation) =>
      formatSupervisor(describeSupervisor(exampleConfig, installation)),
    )
    let found: readonly unknown[] = []

    beforeAll(() => {
      const paths = written.map(({ text }, index) => {
        const path = join(folder, `a${index}.conf`)
        writeFileSync(path, `[supervisord]\nlogfile=${join(folder, 'supervisord.log')}\n${text}`)
        return path
      })
      const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', reader, ...paths], { encoding: 'utf8' })
      if (stdout === '') throw new Error(stderr)
      found = JSON.parse(stdout) as readonly unknown[]
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test('most values can be written', () => {
      expect(written.map(({ end }) => end)).toEqual(
        expect.arrayContaining(['two words', '$HOME', 'a;b#c', 'back\\slash', '名字']),
      )
      expect(written.some(({ text }) => /User=root/.test(text))).toBe(false)
    })

    test.each(written.map(({ end }, index) => [end, index] as const))('%j', (_, index) => {
      const { command, configPath, configFolder, home } = written[index]?.installation ?? ({} as never)
      expect(found[index]).toEqual([
        [...command, 'up', '--config', configPath],
        configFolder,
        1,
        { HOME: home, USER: 'daemon' },
        '/var/log/changeover.log',
      ])
    })
  },
)

const noNginx = missingComponents('nginx')
describe.skipIf(noNginx !== false)(
  `nginx reads what was meant${noNginx === false ? '' : ` (${noNginx})`}`,
  () => {
    const folder = within('changeover-nginx-')
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    const binds = {
      primary: { bind: '127.0.0.1:5001' },
      backup: { bind: '127.0.0.1:5002' },
      gateway: { ...exampleConfig.gateway, bind: '127.0.0.1:8086' },
    }

    // With -t it makes the folders and opens the logs that it has read.
    test.each(ends)('%j', (end) => {
      const own = join(folder, `a${end}`)
      mkdirSync(own)
      const write = (): string =>
        formatMain(
          describeNginx(
            { ...exampleConfig, ...binds, gateway: { ...binds.gateway, static: `${own}/static` } },
            [],
          ),
          {
            pidFile: join(own, 'pid'),
            temporaryFolder: own,
            user: undefined,
            maxConnections: 100,
            logFiles: { access: join(own, 'access.log'), error: join(own, 'error.log') },
            accessLogFormat: 'json',
          },
        )
      if (end.includes('$')) {
        expect(write).toThrow(/nginx takes \$ for a variable/)
        return
      }
      const file = join(folder, 'nginx.conf')
      writeFileSync(file, write())
      const { status, stderr } = spawnSync('/usr/sbin/nginx', ['-t', '-q', '-c', file], { encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
      for (const name of ['access.log', 'error.log', 'proxy'])
        expect(statSync(join(own, name), { throwIfNoEntry: false })).toBeDefined()
    })
  },
)
