import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { loadConfig } from '../../src/config/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)

test.each([
  ['changeover.config.ts', (workers: string) => `export default { ${workers}, models: {} } satisfies object`],
  ['changeover.config.mjs', (workers: string) => `export default { ${workers}, models: {} }`],
  ['changeover.config.cjs', (workers: string) => `module.exports = { ${workers}, models: {} }`],
])('%s is read again by the same process', async (name, text) => {
  const load = async () => (await loadConfig(join(folder, name))).config.workers
  write(name, text('service: "service.ts", workers: 2'))
  expect(await load()).toBe(2)
  write(name, text('service: "service.ts", workers: 3'))
  expect(await load()).toBe(3)
})

test('so is what a configuration in TypeScript imports', async () => {
  const load = async () => (await loadConfig(join(folder, 'changeover.config.ts'))).config.workers
  write(
    'changeover.config.ts',
    `import { workers } from './part'\nexport default { service: 'a.ts', workers, models: {} }`,
  )
  write('part.ts', 'export const workers: number = 2')
  expect(await load()).toBe(2)
  write('part.ts', 'export const workers: number = 3')
  expect(await load()).toBe(3)
})
