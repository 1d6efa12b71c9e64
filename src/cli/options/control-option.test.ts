import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { openStack } from './control-option.ts'

const folder = mkdtempSync(join(tmpdir(), 'changeover-option-'))
afterAll(() => rmSync(folder, { recursive: true }))
const tokenFile = join(folder, 'token')
writeFileSync(tokenFile, 'a'.repeat(64), { mode: 0o600 })

test.each([
  'https://models.example:8087',
  'http://localhost:8087',
  'http://127.0.0.1:8087',
  'http://127.1.2.3:8087',
  'http://[::1]:8087',
])('a token is sent to %s', async (control) => {
  await expect(openStack({ control, tokenFile })).resolves.toBeDefined()
})

test.each([
  'http://models.example:8087',
  'http://10.0.0.1:8087',
  'http://127.0.0.1.example:8087',
  'http://localhost.example:8087',
  'http://0.0.0.0:8087',
  'http://[::2]:8087',
])('no token is sent unencrypted to %s', async (control) => {
  await expect(openStack({ control, tokenFile })).rejects.toMatchObject({
    code: 'bad_usage',
    message: expect.stringMatching(/unencrypted.*https:\/\/.*ssh -L/) as unknown,
  })
})
