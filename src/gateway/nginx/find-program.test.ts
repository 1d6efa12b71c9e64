import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { findProgram } from './find-program.ts'

test('nginx is found on the path before the folders of the system; where it is missing, the error says how to install it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-path-'))
  const [own, system] = [join(folder, 'own'), join(folder, 'system')]
  try {
    expect(() => findProgram(own, [system])).toThrow(
      /nginx is not installed; install it \(Debian: apt-get install nginx\)/,
    )
    for (const path of [system, own]) {
      mkdirSync(path)
      writeFileSync(join(path, 'nginx'), '')
      expect(() => findProgram(path, [])).toThrow(/not installed/)
      rmSync(join(path, 'nginx'))
      writeFileSync(join(path, 'nginx'), '', { mode: 0o755 })
      expect(findProgram(`:${own}`, [system])).toBe(join(path, 'nginx'))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
