import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { exampleFolder } from '../../harness/paths.ts'
import { loadConfig } from '../../src/config/index.ts'

const cwd = fileURLToPath(new URL('../../src/migrate/testing/', import.meta.url))
const goldens = readdirSync(cwd).filter((name) => name.endsWith('.golden.yaml'))
const folder = mkdtempSync(join(tmpdir(), 'changeover-adopt-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(['grown', 'folders'])('adopt reads the files of a machine: %s', async (name) => {
  const args = ['adopt', '--nginx', `${name}/nginx.conf`, '--supervisor', `${name}/supervisord.conf`]
  const { code, stdout } = await runCli(args, { cwd })
  // Where the unit tests have this folder.
  const text = stdout.replaceAll(cwd, '/srv/names/')
  expect([code, text]).toEqual([0, readFileSync(join(cwd, `${name}.golden.yaml`), 'utf8')])
})

test('every proposal is a valid configuration', async () => {
  expect(goldens.length).toBeGreaterThan(12)
  for (const name of goldens) {
    const path = join(folder, name)
    writeFileSync(path, readFileSync(join(cwd, name)))
    await expect(loadConfig(path)).resolves.toMatchObject({ path })
  }
})

test('serve --check-config says what the proposal says: the service file is missing; with it all is well', async () => {
  const path = join(folder, 'changeover.yaml')
  writeFileSync(path, readFileSync(join(cwd, 'course.golden.yaml')))
  const check = ['serve', '--check-config', '--config', path]
  const missing = await runCli(check)
  expect([missing.code, missing.stderr]).toEqual([
    2,
    expect.stringContaining(join(folder, 'service.ts')) as string,
  ])
  writeFileSync(
    path,
    readFileSync(join(cwd, 'course.golden.yaml'), 'utf8').replace(
      'service: service.ts',
      `service: ${join(exampleFolder, 'service.ts')}`,
    ),
  )
  expect(await runCli(check)).toMatchObject({ code: 0 })
})

test('adopt says what it cannot read', async () => {
  expect(await runCli(['adopt'])).toMatchObject({ code: 2 })
  const { code, stderr } = await runCli(['adopt', '--nginx', 'nowhere.conf'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('nowhere.conf cannot be read') as string])
  const itself = join(folder, 'itself.conf')
  writeFileSync(itself, `include ${itself};\n`)
  const again = await runCli(['adopt', '--nginx', itself])
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('includes itself') as string])
})
