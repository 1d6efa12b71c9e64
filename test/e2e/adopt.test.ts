import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { loadConfig } from '../../src/config/index.ts'
import { runCli } from '../support/cli.ts'

const cwd = fileURLToPath(new URL('../../src/neighbours/testing/takeover/', import.meta.url))

test('adopt follows includes, and prints a configuration that can be used', async () => {
  const args = ['adopt', '--nginx', 'grown/nginx.conf', '--supervisor', 'grown/supervisord.conf']
  const { code, stdout } = await runCli(args, { cwd })
  expect([code, stdout]).toEqual([0, readFileSync(join(cwd, 'grown.golden.yaml'), 'utf8')])
  const folder = mkdtempSync(join(tmpdir(), 'changeover-adopt-'))
  try {
    for (const name of ['course', 'grown', 'supervisor-alone', 'nginx-alone']) {
      const path = join(folder, `${name}.yaml`)
      writeFileSync(path, readFileSync(join(cwd, `${name}.golden.yaml`)))
      await expect(loadConfig(path)).resolves.toMatchObject({ path })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('adopt says what it cannot read', async () => {
  expect(await runCli(['adopt'])).toMatchObject({ code: 2 })
  const { code, stderr } = await runCli(['adopt', '--nginx', 'nowhere.conf'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('nowhere.conf cannot be read') as string])
})
