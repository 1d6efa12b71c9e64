import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { minimatch } from 'minimatch'
import { describe, expect, test } from 'vitest'

import { describeNginx } from '../integrations/nginx/describe-nginx.ts'
import { formatNginx } from '../integrations/nginx/format-nginx.ts'
import { exampleConfig } from '../integrations/testing/example.ts'
import { formatProposal } from './format-proposal.ts'
import { readCommand } from './gunicorn/read-command.ts'
import { readNginx } from './nginx/read-nginx.ts'
import { readSize, readTime } from './nginx/settings.ts'
import { propose } from './propose.ts'
import type { FindFiles, SourceFile } from './source-file.ts'
import { readSupervisor } from './supervisord/read-supervisord.ts'

const folder = fileURLToPath(new URL('./testing/', import.meta.url))
const read = (path: string): SourceFile => ({ path, text: readFileSync(join(folder, path), 'utf8') })

/** Files of the machine that are somewhere else here. */
const elsewhere: Readonly<Record<string, string>> = {
  '/etc/names/gunicorn.conf.py': 'commands/gunicorn.conf.py',
  '/srv/found/gunicorn.conf.py': 'commands/found.conf.py',
}

/** This test's folder as /srv/names of a machine. */
const root = '/srv/names/'
const files: FindFiles = {
  match: (pattern) => {
    const path = elsewhere[pattern]
    if (path !== undefined) return [{ ...read(path), path: pattern }]
    const prefix = pattern.startsWith(root) ? root : ''
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
      .filter((name) => minimatch(name, pattern.slice(prefix.length)))
      .sort()
      .map((name) => ({ ...read(name), path: prefix + name }))
  },
  absolute: (path) => (path.startsWith('/') ? path : join(root, path)),
}

function proposal(name: string, parts: readonly ('nginx' | 'supervisord')[]): string {
  const paths = parts.map((part) => `${name}/${part}.conf`)
  const source = (part: 'nginx' | 'supervisord'): SourceFile | undefined =>
    parts.includes(part) ? read(`${name}/${part}.conf`) : undefined
  const [nginx, supervisor] = [source('nginx'), source('supervisord')]
  return formatProposal(
    propose(paths, nginx && readNginx(nginx, files), supervisor && readSupervisor(supervisor, files)),
  )
}

const both = ['nginx', 'supervisord'] as const

describe('files that people have', () => {
  test.each([
    ['the course’s own set-up', 'course', 'course', both],
    [
      'one that has grown: includes, TLS, three servers, headers, an odd command line',
      'grown',
      'grown',
      both,
    ],
    ['supervisor alone', 'supervisor-alone', 'course', ['supervisord']],
    ['nginx alone, without an upstream', 'nginx-alone', 'plain', ['nginx']],
    ['gunicorn’s example: try_files and a named location, a socket', 'named', 'named', both],
    ['sockets: in proxy_pass, relative ones, here and the environment', 'sockets', 'sockets', both],
    [
      'includes from the main file’s folder, patterns, an indented supervisord.conf',
      'folders',
      'folders',
      both,
    ],
    ['a proxy in if, in an inner location; other protocols', 'inner', 'inner', ['nginx']],
    ['one port of several machines', 'machines', 'machines', both],
    ['ssl on, and an address from another proxy', 'tls', 'tls', ['nginx']],
    ['commands that hide gunicorn, its own file, other servers', 'commands', 'commands', ['supervisord']],
    ['a failover by hand', 'failover', 'failover', ['nginx']],
    ['values that cannot be taken, or would end a comment', 'odd', 'odd', both],
    ['addresses that cannot be taken', 'unreadable', 'unreadable', ['nginx']],
  ] as const)('%s', async (_, golden, name, parts) => {
    await expect(proposal(name, parts)).toMatchFileSnapshot(`./testing/${golden}.golden.yaml`)
  })
})

test('what `generate nginx` writes is understood again', () => {
  const text = formatNginx(describeNginx(exampleConfig, [{ method: 'POST', path: '/a', repeat: 'never' }]))
  const setup = readNginx({ path: 'changeover.conf', text }, files)
  expect({
    listen: setup.listen?.value,
    services: setup.targets.map(({ address }) => address),
    static: setup.staticFolder?.value,
    settings: Object.fromEntries([...setup.settings].map(([key, { value }]) => [key, value])),
  }).toEqual({
    listen: '0.0.0.0:8086',
    services: ['127.0.0.1:5001', '127.0.0.1:5002'],
    static: '/srv/names/static',
    settings: {
      bodyLimitBytes: 524_288,
      'http.headLimitBytes': 16_384,
      'http.headersTimeoutMs': 10_000,
      'http.bodyTimeoutMs': 30_000,
      'http.sendTimeoutMs': 30_000,
      'http.keepAliveTimeoutMs': 75_000,
      'gateway.answerTimeoutMs': 5_000,
    },
  })
  expect(setup.findings.filter(({ kind }) => kind === 'left').map(({ what }) => what)).toEqual([
    // How it decides what may be sent twice; the service file says that itself.
    'map $request_method $request_uri $changeover_repeat',
    'map $changeover_repeat $changeover_when_paused',
    // The id of a request, which the program's own gateway gives too.
    'map $http_x_request_id $changeover_request_id',
    'proxy_set_header X-Changeover-When-Paused $changeover_when_paused',
    'proxy_hide_header X-Request-Id',
    'add_header X-Request-Id $changeover_request_id always',
    'location ~ /\\.',
    'if ($changeover_repeat)',
    'proxy_next_upstream off',
    'location @changeover_backup',
    'if ($upstream_bytes_sent ~ [1-9])',
    'set $changeover_when_paused ',
    'error_page 419 = @changeover_repeated',
    'location @changeover_repeated',
  ])
})

test('sizes and times of nginx', () => {
  expect(['512', '16k', '10M', '1g', 'ten'].map(readSize)).toEqual([
    512,
    16_384,
    10_485_760,
    1_073_741_824,
    undefined,
  ])
  expect(['60', '500ms', '1m30s', '1d', 'off'].map(readTime)).toEqual([
    60_000,
    500,
    90_000,
    86_400_000,
    undefined,
  ])
})

describe('commands', () => {
  test.each([
    ['gunicorn -b :1 app:app', ['-b', ':1', 'app:app']],
    [`/usr/bin/env -u LANG A=1 "B=two words" gunicorn 'a b' "c \\"d"`, ['a b', 'c "d']],
    ['newrelic-admin run-program gunicorn app:app', ['app:app']],
    ['poetry run -- gunicorn app:app', ['app:app']],
    ['sudo -u names -E nohup setsid python3.11 -X dev -m gunicorn.app.wsgiapp app:app', ['app:app']],
    ['python /venv/bin/gunicorn app:app', ['app:app']],
    [`bash -lc 'FOO=1 exec gunicorn -b ":$PORT" app:app 2>&1 | tee log'`, ['-b', ':$PORT', 'app:app']],
    [`sh -c "./migrate.sh && gunicorn -w $(nproc) app:app"`, ['-w', '$COMMAND', 'app:app']],
    ["sh -c 'gunicorn -w ${N:-3} app:app'", ['-w', '$N', 'app:app']],
  ])('%s', (command, args) => {
    expect(readCommand(command)).toMatchObject({ kind: 'gunicorn', args })
  })

  test.each([
    ['uvicorn gunicorn:app', /uvicorn is not gunicorn/],
    ['python -m uvicorn app:app', /uvicorn is not gunicorn/],
    ['/srv/run.sh gunicorn', /\/srv\/run.sh is a script/],
    ['bash /srv/run gunicorn', /\/srv\/run is a script/],
    ['/usr/bin/celery -A gunicorn worker', /not known what this starts/],
    ['python clean_gunicorn.py', /not known what this starts/],
    ['gunicorn "app:app', /quotes are not closed/],
    ['constructor', /not known what this starts/],
    ['', /not known what this starts/],
  ])('%s', (command, because) => {
    expect(readCommand(command)).toMatchObject({
      kind: 'other',
      because: expect.stringMatching(because) as string,
    })
  })
})
