import { describe, expect, test } from 'vitest'

import { ChangeoverError } from '../contracts/index.ts'
import type { Installation } from './installation.ts'
import type { DeclaredRoute } from './nginx/describe-nginx.ts'
import { describeNginx } from './nginx/describe-nginx.ts'
import { formatMain } from './nginx/format-main.ts'
import { formatNginx } from './nginx/format-nginx.ts'
import { describeSupervisor } from './supervisord/describe-supervisord.ts'
import { formatSupervisor } from './supervisord/format-supervisord.ts'
import { describeSystemd } from './systemd/describe-systemd.ts'
import { formatSystemd } from './systemd/format-systemd.ts'
import { exampleConfig, exampleInstallation } from './testing/example.ts'

describe('nginx', () => {
  const routes: DeclaredRoute[] = [
    { method: 'POST', path: '/v1/is_name_question/', repeat: 'freely' },
    { method: 'POST', path: '/v1/feedback', repeat: 'never' },
    { method: 'GET', path: '/v1/tickets/:id', repeat: 'never' },
  ]

  test('the file', async () => {
    const text = formatNginx(describeNginx(exampleConfig, routes))
    await expect(text).toMatchFileSnapshot('testing/nginx.golden.conf')
  })

  test('the whole file of one that the stack runs itself', async () => {
    const text = formatMain(describeNginx(exampleConfig, routes), {
      pidFile: '/srv/names/.changeover/run/nginx/nginx.pid',
      temporaryFolder: '/srv/names/.changeover/run/nginx',
      user: 'root',
      maxConnections: 20_000,
      logFiles: { access: '/srv/names/access.log', error: undefined },
      accessLogFormat: 'gunicorn',
    })
    await expect(text).toMatchFileSnapshot('testing/nginx-main.golden.conf')
  })

  test('the file with proxies in front, and for pages of other origins', async () => {
    const gateway = {
      ...exampleConfig.gateway,
      trustedProxies: ['10.0.0.0/8', '2001:db8::/32', 'unix:'],
      cors: {
        origins: ['https://shop.example', 'http://localhost:3000'],
        headers: ['content-type', 'x-request-id'],
        maxAgeSeconds: 600,
      },
    }
    const text = formatNginx(describeNginx({ ...exampleConfig, gateway }, routes))
    await expect(text).toMatchFileSnapshot('testing/nginx-callers.golden.conf')
  })

  test('closes its idle connections before the instance does, however short that is', () => {
    for (const keepAliveTimeoutMs of [2, 100, 75_000]) {
      const { http } = exampleConfig
      const { upstreamIdleTimeoutMs } = describeNginx(
        { ...exampleConfig, http: { ...http, keepAliveTimeoutMs } },
        [],
      )
      expect(upstreamIdleTimeoutMs).toBeLessThan(keepAliveTimeoutMs)
      expect(upstreamIdleTimeoutMs).toBeGreaterThan(0)
    }
  })

  test('reaches instances that listen on all addresses, and those on Unix sockets', () => {
    const binds = { primary: { bind: '[::]:5001' }, backup: { bind: 'unix:/run/backup.sock' } }
    expect(describeNginx({ ...exampleConfig, ...binds }, [])).toMatchObject({
      primary: '[::1]:5001',
      backup: 'unix:/run/backup.sock',
    })
  })

  test('refuses what it could not write', () => {
    const random = { ...exampleConfig, primary: { bind: '127.0.0.1:0' } }
    expect(() => describeNginx(random, [])).toThrow(/primary.bind is 127.0.0.1:0/)
    const variable = { ...exampleConfig, gateway: { ...exampleConfig.gateway, static: '/srv/$names' } }
    expect(() => describeNginx(variable, [])).toThrow(/nginx takes \$ for a variable/)
    for (const bind of ['unix:/run/a$b.sock', 'unix:/run/a:b.sock'])
      expect(() => describeNginx({ ...exampleConfig, backup: { bind } }, [])).toThrow(/backup.bind is unix/)
    const place = {
      pidFile: '/a',
      temporaryFolder: '/b',
      user: undefined,
      maxConnections: 1,
      accessLogFormat: 'gunicorn',
    } as const
    const logFiles = { access: '/srv/$uri.log', error: undefined }
    expect(() => formatMain(describeNginx(exampleConfig, []), { ...place, logFiles })).toThrow(
      /--access-logfile is \/srv\/\$uri.log/,
    )
  })
})

describe('supervisor', () => {
  test('the file', async () => {
    const text = formatSupervisor(describeSupervisor(exampleConfig, exampleInstallation))
    await expect(text).toMatchFileSnapshot('testing/supervisor.golden.conf')
  })

  test('quotes by the shell’s rules, and refuses what would be a comment or be expanded', () => {
    const at = (configPath: string): string =>
      formatSupervisor(describeSupervisor(exampleConfig, { ...exampleInstallation, configPath }))
    expect(at("/srv/it's mine/a.yaml")).toContain(`--config '/srv/it'"'"'s mine/a.yaml'\n`)
    expect(() => at('/srv/50%/a.yaml')).toThrow(/supervisord expands %/)
    expect(() => at('/srv/a ;b/a.yaml')).toThrow(ChangeoverError)
  })

  test('keeps the log out of the folders of the stack’s user', () => {
    const program = describeSupervisor(exampleConfig, exampleInstallation)
    expect(program.logFile).toBe('/var/log/changeover.log')
  })

  test.each<Partial<Installation>>([
    { configFolder: '/srv/a\nuser=root' },
    { configFolder: '/srv/a\r' },
    { configFolder: '/srv/a\u0085b' },
    { configFolder: '/srv/a ' },
    { configFolder: '/srv/a #b' },
    { user: '100%' },
    { home: '/home/%(ENV_PATH)s' },
    { home: '/home/"x' },
    { home: "/home/x'" },
  ])('refuses %j', (odd) => {
    expect(() =>
      formatSupervisor(describeSupervisor(exampleConfig, { ...exampleInstallation, ...odd })),
    ).toThrow(ChangeoverError)
  })
})

describe('systemd', () => {
  test('the sockets are where the key run says, made by systemd below /run', () => {
    const unitWith = (run: string): string =>
      formatSystemd(describeSystemd({ ...exampleConfig, run }, { ...exampleInstallation, runFolder: run }))[0]
        ?.text ?? ''
    expect(unitWith('/run/names')).toMatch(
      /\nRuntimeDirectory=names\nRuntimeDirectoryMode=0700\n(#.*\n)*RuntimeDirectoryPreserve=yes\n/,
    )
    expect(unitWith('/run/user/1000/names')).not.toContain('RuntimeDirectory=')
    expect(unitWith('/srv/sockets/names')).toContain('\nReadWritePaths=-/srv/sockets/names\n')
    expect(unitWith('/tmp/names')).toContain('\nPrivateTmp=no\n')
  })

  test('the files', async () => {
    for (const { name, text } of formatSystemd(describeSystemd(exampleConfig, exampleInstallation)))
      await expect(text).toMatchFileSnapshot(`testing/${name.replace('.', '.golden.')}`)
  })

  test('leaves /tmp as it is where the stack’s sockets are there', () => {
    const far = { ...exampleInstallation, runFolder: '/tmp/changeover-1000-0123456789abcdef' }
    const [service] = formatSystemd(describeSystemd(exampleConfig, far))
    expect(service?.text).toContain('PrivateTmp=no\nReadWritePaths=/tmp\n')
  })

  test('quotes command lines, and expands nothing in them; the program’s own path has no variables', () => {
    const odd: Installation = {
      ...exampleInstallation,
      command: ['/opt/$x/node', '/opt/$x/cli.js'],
      configPath: '/srv/100% "odd" $HOME/a.yaml',
    }
    expect(serviceOf(odd)).toContain(
      'ExecStart=/opt/$x/node /opt/$$x/cli.js up --config "/srv/100%% \\"odd\\" $$HOME/a.yaml"\n',
    )
  })

  test('has the data folder made by its user, or by systemd where only root can put a link in its place', () => {
    const of = (dataFolder: string): string => serviceOf({ ...exampleInstallation, dataFolder })
    expect(of('/srv/a b/.changeover')).toContain(
      'ExecStartPre=+/usr/sbin/runuser -u names -- /usr/bin/mkdir -p -m 700 "/srv/a b/.changeover"\n',
    )
    expect(of('/srv/a b/.changeover')).toContain('ReadWritePaths="/srv/a b/.changeover"\n')
    expect(of('/var/lib/names')).toContain('StateDirectory=names\nStateDirectoryMode=0700\n')
    expect(of('/var/lib/names')).not.toMatch(/ExecStartPre|ReadWritePaths/)
    for (const path of ['/var/lib/names/data', '/var/lib/..', '/var/lib/a:b', '/var/lib/a b'])
      expect(of(path)).not.toContain('StateDirectory')
    expect(serviceOf({ ...exampleInstallation, user: '1000' })).not.toContain('ExecStartPre')
  })

  test('nothing runs as root but what becomes the user at once', () => {
    const asRoot = serviceOf(exampleInstallation)
      .split('\n')
      .filter((line) => /^Exec\w+=[@-]*[+!]/.test(line))
    expect(asRoot).toEqual([expect.stringContaining('=+/usr/sbin/runuser -u names -- ')])
  })

  test.each<Partial<Installation>>([
    { configFolder: '/srv/names\\' },
    { configFolder: '/srv/names\nExecStartPre=+/bin/sh' },
    { configFolder: '/srv/names\r' },
    { configFolder: '/srv/names ' },
    { dataFolder: '/srv/names/a\n' },
    { user: 'names\\' },
    { configPath: '/srv/a\nb.yaml' },
  ])('refuses %j', (odd) => {
    expect(() => serviceOf({ ...exampleInstallation, ...odd })).toThrow(ChangeoverError)
  })

  test.each([
    ['unix:/run/names.sock', '/run/names.sock'],
    ['unix:/run/names/gateway.sock', '/run/names/gateway.sock'],
    ['unix:/srv/names/gateway.sock', undefined],
    ['unix:/run/user/1000/gateway.sock', undefined],
    ['unix:/run/user/gateway.sock', undefined],
    ['unix:/run/a/b/gateway.sock', undefined],
    ['unix:/run/../srv/gateway.sock', undefined],
    ['unix:/run/', undefined],
    ['unix:/run/a\\', undefined],
    [':8086', '0.0.0.0:8086'],
    ['localhost:8086', '127.0.0.1:8086'],
    ['[::1]:8086', '[::1]:8086'],
    ['[fe80::1%eth0]:8086', '[fe80::1%%eth0]:8086'],
    ['names.example.com:8086', undefined],
    ['127.0.0.1:0', undefined],
  ])('opens %s as %s', (bind, listen) => {
    const write = (): string =>
      formatSystemd(describeSystemd({ ...exampleConfig, primary: { bind } }, exampleInstallation))
        .map(({ text }) => text)
        .join('')
    if (listen === undefined) expect(write).toThrow(ChangeoverError)
    else expect(write()).toContain(`ListenStream=${listen}\n`)
  })
})

function serviceOf(installation: Installation): string {
  return formatSystemd(describeSystemd(exampleConfig, installation))[0]?.text ?? ''
}
