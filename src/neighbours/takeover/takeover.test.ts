import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { describeNginx } from '../nginx/describe-nginx.ts'
import { formatNginx } from '../nginx/format-nginx.ts'
import { exampleConfig } from '../testing/example.ts'
import type { ReadFiles, SourceFile } from './finding.ts'
import { formatProposal } from './format-proposal.ts'
import { readSize, readTime } from './nginx-settings.ts'
import { propose } from './propose.ts'
import { readNginx } from './read-nginx.ts'
import { readSupervisor } from './read-supervisor.ts'
import { splitCommand } from './split-command.ts'

const folder = fileURLToPath(new URL('../testing/takeover/', import.meta.url))
const read = (path: string): SourceFile => ({ path, text: readFileSync(join(folder, path), 'utf8') })

/** As the command reads them, in this test's folder. */
const readFiles: ReadFiles = (pattern, fromFile) => {
  const path = join(dirname(fromFile), pattern)
  if (!path.endsWith('*.conf')) return []
  const names = readdirSync(join(folder, dirname(path))).sort()
  return names.filter((name) => name.endsWith('.conf')).map((name) => read(join(dirname(path), name)))
}

function proposal(nginx: string | undefined, supervisor: string | undefined): string {
  return formatProposal(
    propose(
      [nginx, supervisor].filter((path) => path !== undefined),
      nginx === undefined ? undefined : readNginx(read(nginx), readFiles),
      supervisor === undefined ? undefined : readSupervisor(read(supervisor), readFiles),
    ),
  )
}

test('the course’s own set-up', async () => {
  await expect(proposal('course/nginx.conf', 'course/supervisord.conf')).toMatchFileSnapshot(
    '../testing/takeover/course.golden.yaml',
  )
})

test('a set-up that has grown: includes, TLS, three servers, headers, limits, an odd command line', async () => {
  await expect(proposal('grown/nginx.conf', 'grown/supervisord.conf')).toMatchFileSnapshot(
    '../testing/takeover/grown.golden.yaml',
  )
})

test('supervisor alone', async () => {
  await expect(proposal(undefined, 'course/supervisord.conf')).toMatchFileSnapshot(
    '../testing/takeover/supervisor-alone.golden.yaml',
  )
})

test('nginx alone, without an upstream', async () => {
  await expect(proposal('plain/nginx.conf', undefined)).toMatchFileSnapshot(
    '../testing/takeover/nginx-alone.golden.yaml',
  )
})

test('what `generate nginx` writes is understood again', () => {
  const text = formatNginx(describeNginx(exampleConfig, [{ method: 'POST', path: '/a', pure: false }]))
  const setup = readNginx({ path: 'changeover.conf', text }, () => [])
  expect({
    listen: setup.listen?.value,
    services: setup.services.map(({ value }) => value),
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
    'location ~ /\\.',
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

test('command lines are cut by the shell’s rules', () => {
  expect(splitCommand(`a 'b c' "d \\"e\\"" f\\ g h"i"'j'  ""`)).toEqual([
    'a',
    'b c',
    'd "e"',
    'f g',
    'hij',
    '',
  ])
})
