import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { builtEntry } from '../../harness/paths.ts'
import { createCachedTransform } from '../../src/main/run/service/cached-transform.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'changeover-compiled-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const options = { source: 'export const answer: number = 42', filename: '/srv/service.ts', ts: true }
const entries = (): string[] => readdirSync(join(folder, 'compiled-service'))
const entry = (): string => join(folder, 'compiled-service', entries()[0] ?? '')

test('what a file is compiled to is kept for its user alone, and is the same again', () => {
  const { code } = createCachedTransform(folder)(options)
  expect(code).toMatch(/answer = 42/)
  expect(statSync(join(folder, 'compiled-service')).mode & 0o777).toBe(0o700)
  expect(statSync(entry()).mode & 0o777).toBe(0o600)
  const before = statSync(entry()).mtimeMs
  expect(createCachedTransform(folder)(options).code).toBe(code)
  expect(statSync(entry()).mtimeMs).toBe(before)
})

test('another content or other options are compiled anew, and a file has one entry', () => {
  const transform = createCachedTransform(folder)
  transform(options)
  expect(transform({ ...options, source: 'export const answer: number = 43' }).code).toMatch(/answer = 43/)
  expect(transform({ ...options, ts: false }).code).toMatch(/__JITI_ERROR__/)
  expect(entries()).toHaveLength(1)
})

test.each([
  ['cut short', (text: string) => text.slice(0, -5)],
  ['changed', (text: string) => text.replace('42', '41')],
  ['empty', () => ''],
])('an entry that is %s is not used, and is written again', (_name, damage) => {
  const { code } = createCachedTransform(folder)(options)
  const whole = readFileSync(entry(), 'utf8')
  writeFileSync(entry(), damage(whole))
  expect(createCachedTransform(folder)(options).code).toBe(code)
  expect(readFileSync(entry(), 'utf8')).toBe(whole)
})

test('a folder that cannot be written to costs the entry alone', () => {
  writeFileSync(join(folder, 'compiled-service'), 'a file in its place')
  expect(createCachedTransform(folder)(options).code).toMatch(/answer = 42/)
})

test('a fault is not kept', () => {
  expect(createCachedTransform(folder)({ ...options, source: 'export const = 1' }).code).toMatch(
    /__JITI_ERROR__/,
  )
  expect(existsSync(join(folder, 'compiled-service'))).toBe(false)
})

test('Babel is loaded by the first process alone', () => {
  const module = builtEntry('run/service/cached-transform')
  const script = `import { createRequire } from 'node:module'
import { createCachedTransform } from ${JSON.stringify(module)}
createCachedTransform(${JSON.stringify(folder)})(${JSON.stringify(options)})
const { cache } = createRequire(${JSON.stringify(module)})
console.log(Object.keys(cache).some((path) => path.endsWith('/babel.cjs')))`
  const isLoaded = (): string =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }).trim()
  expect([isLoaded(), isLoaded()]).toEqual(['true', 'false'])
})
