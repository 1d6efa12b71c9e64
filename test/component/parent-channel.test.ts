import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { runInSubprocess } from '../../src/supervisor/index.ts'

const channel = new URL('../../dist/main/run/subprocess/parent-channel.js', import.meta.url).href

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-channel-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([1, 1_000, 20_000_000])(
  'all that a process has said arrives, if it then ends: %i characters',
  async (length) => {
    const entry = join(folder, 'says.mjs')
    writeFileSync(
      entry,
      `import { openParentChannel } from ${JSON.stringify(channel)}
    process.once('message', () => {
      const parent = openParentChannel()
      for (const letter of 'abc') parent.send({ text: letter.repeat(${length}) })
      parent.send({ text: 'end' })
      void parent.end()
    })`,
    )
    const heard: number[] = []
    const { how } = await runInSubprocess<{ text: string }>({
      entry,
      start: {},
      onMessage: ({ text }) => heard.push(text.length),
    })
    expect(heard).toEqual([length, length, length, 3])
    expect(how).toBe('ended with exit code 0')
  },
)
