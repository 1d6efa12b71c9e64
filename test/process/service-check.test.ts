import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { cliPath } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { startServe } from '../support/serve.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-check-'))
  writeFileSync(join(folder, 'changeover.yaml'), 'service: service.ts\nmodels: {}\nlogFormat: text\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const flags = (): string[] => ['--chdir', folder, '-b', '127.0.0.1:0']

test('the service file never runs in the process that looks after the others; log lines cannot be forged, and equal errors are collected', async () => {
  writeFileSync(
    join(folder, 'service.ts'),
    `import { appendFileSync } from 'node:fs'
import { defineService } from 'changeover'
appendFileSync(${JSON.stringify(join(folder, 'pids'))}, process.pid + '\\n')
setInterval(() => undefined, 1_000)
export default defineService((routes) => {
  routes.get('/fail/:name', ({ params }) => { throw new Error('there is no ' + params.name) })
})`,
  )
  const serve = await startServe(flags())
  try {
    const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
    expect(pids).toHaveLength(2)
    expect(pids).not.toContain(serve.pid)
    for (let i = 0; i < 50; i++)
      expect((await fetch(`${serve.address}/fail/me%0a[2026]%20%5BINFO%5D%20forged%1b[2J`)).status).toBe(500)
    await until('the failure is logged', () => serve.log().includes('there is no me'))
    const lines = serve.log().split('\n').filter(Boolean)
    expect(lines.filter((line) => line.includes('there is no me'))).toHaveLength(1)
    expect(lines.filter((line) => !/^\[\d{4}-\d\d-\d\d /.test(line))).toEqual([])
    expect(serve.log()).toContain('there is no me\\n[2026] [INFO] forged\\x1b[2J')
  } finally {
    await serve.stop()
  }
})

test.each([
  [
    'throws',
    `throw new Error('out of order')`,
    /^changeover: the service file \S+ failed: Error: out of order/,
  ],
  [
    'ends its process',
    `process.exit(3)`,
    /the process that loaded the service file \S+ ended with exit code 3/,
  ],
])('a service file that %s is said as it is, and nothing is started', (_name, code, message) => {
  writeFileSync(join(folder, 'service.ts'), code)
  const { status, stderr } = spawnSync(process.execPath, [cliPath, 'serve', ...flags()], { encoding: 'utf8' })
  expect(stderr).toMatch(message)
  expect(status).not.toBe(0)
})

test.each(['up', 'generate nginx', 'up --check-config'])('%s reports it too', (command) => {
  writeFileSync(join(folder, 'service.ts'), 'process.exit(0)')
  const args = [...command.split(' '), '-c', join(folder, 'changeover.yaml')]
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliPath, ...args], { encoding: 'utf8' })
  expect(stderr).toMatch(/the process that loaded the service file \S+ ended with exit code 0/)
  expect([status, stdout]).toEqual([2, ''])
})

test('a service file far from any node_modules finds each export of this package', () => {
  writeFileSync(
    join(folder, 'service.ts'),
    `import { defineService } from 'changeover'
import manifest from 'changeover/package.json'
import { testService } from 'changeover/testing'
const app = await testService(defineService((routes) => routes.get('/name', () => manifest.name)))
const name = await (await app.request('/name')).text()
export default defineService((routes) => routes.get(\`/found/\${name}\`, () => name))`,
  )
  const args = [cliPath, 'generate', 'nginx', '-c', join(folder, 'changeover.yaml')]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout).toContain('/found/changeover')
})

test('a service file that never finishes loading is given up in time', () => {
  writeFileSync(join(folder, 'service.ts'), 'await new Promise(() => setInterval(() => undefined, 1_000))')
  const check = join(dirname(cliPath), 'run/service/check-service.js')
  const script = `import { checkService } from ${JSON.stringify(check)}
await checkService(${JSON.stringify(join(folder, 'service.ts'))}, undefined, 1_500)`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  expect(stderr).toMatch(
    /the process that loaded the service file \S+ did not finish within 1\.5 s and was killed/,
  )
  expect(status).toBe(1)
})

test('generate learns the routes from a process that is lost, and prints the file alone', () => {
  writeFileSync(
    join(folder, 'service.ts'),
    `import { appendFileSync } from 'node:fs'
import { defineService } from 'changeover'
appendFileSync(${JSON.stringify(join(folder, 'pids'))}, process.pid + '\\n')
console.log('loading …')
setInterval(() => undefined, 1_000)
process.on('exit', () => console.log('bye'))
export default defineService((routes) => {
  routes.get('/names/:name', () => 'me')
})`,
  )
  const { status, stdout, stderr, pid } = spawnSync(
    process.execPath,
    [cliPath, 'generate', 'nginx', '-c', join(folder, 'changeover.yaml')],
    { encoding: 'utf8' },
  )
  expect(stderr).toMatch(/^loading …$/m)
  expect(stdout).toMatch(/^#.*nginx/)
  expect(stdout).not.toMatch(/loading|bye/)
  expect(status).toBe(0)
  const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
  expect(pids).toHaveLength(1)
  expect(pids).not.toContain(pid)
})
