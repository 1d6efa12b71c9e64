import { describe, expect, test } from 'vitest'

import { ChangeoverError } from '../contracts/index.ts'
import { describeNginx } from './nginx/describe-nginx.ts'
import { formatMain } from './nginx/format-main.ts'
import { formatNginx } from './nginx/format-nginx.ts'
import { describeSupervisor } from './supervisor/describe-supervisor.ts'
import { formatSupervisor } from './supervisor/format-supervisor.ts'
import { describeSystemd } from './systemd/describe-systemd.ts'
import { formatSystemd } from './systemd/format-systemd.ts'
import { exampleConfig, exampleInstallation } from './testing/example.ts'

describe('nginx', () => {
  const routes = [
    { method: 'POST', path: '/v1/is_name_question/', pure: true },
    { method: 'POST', path: '/v1/feedback', pure: false },
    { method: 'GET', path: '/v1/tickets/:id', pure: false },
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
    })
    await expect(text).toMatchFileSnapshot('testing/nginx-main.golden.conf')
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
    expect(() => at('/srv/50%/a.yaml')).toThrow(/supervisor expands %/)
    expect(() => at('/srv/a ;b/a.yaml')).toThrow(ChangeoverError)
  })
})

describe('systemd', () => {
  test('the files', async () => {
    for (const { name, text } of formatSystemd(describeSystemd(exampleConfig, exampleInstallation)))
      await expect(text).toMatchFileSnapshot(`testing/${name.replace('.', '.golden.')}`)
  })

  test('leaves /tmp as it is where the stack’s sockets are there', () => {
    const far = { ...exampleInstallation, runFolder: '/tmp/changeover-1000-0123456789abcdef' }
    const [service] = formatSystemd(describeSystemd(exampleConfig, far))
    expect(service?.text).toContain('PrivateTmp=no\nReadWritePaths=/tmp\n')
  })

  test('quotes command lines', () => {
    const odd = { ...exampleInstallation, configPath: '/srv/100% "odd" $HOME/a.yaml' }
    const [service] = formatSystemd(describeSystemd(exampleConfig, odd))
    expect(service?.text).toContain('"/srv/100%% \\"odd\\" $$HOME/a.yaml"\n')
  })
})
