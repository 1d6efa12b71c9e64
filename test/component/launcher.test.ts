import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import type { GatewayStart } from '../../src/contracts/index.ts'
import { kill } from '../../src/run-folder/index.ts'
import { Launcher } from '../../src/supervisor/processes/launcher.ts'

/** A process that takes what it is sent, reports that it is ready, and lives until its parent closes the channel. */
const entryText = `
process.on('message', ({ type }) => {
  if (type === 'start') process.send({ ready: true })
})
process.on('disconnect', () => process.exit())
`

test('two processes that start at once, with nobody there to start them, take the ports once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-launcher-'))
  const entry = join(folder, 'entry.mjs')
  writeFileSync(entry, entryText)
  const launcher = new Launcher({
    entries: { worker: entry, gateway: entry, nginx: entry },
    binds: () => ({ primary: ['127.0.0.1:0'], gateway: ['127.0.0.1:0'] }),
    livingSockets: () => [join(folder, 'nobody.sock')],
  })
  try {
    const start = { kind: 'gateway', name: 'gateway', endsWithParent: true } as GatewayStart
    const started = await Promise.all([launcher.launch(start), launcher.launch(start)])
    expect(new Set(started.map(({ identity }) => identity.pid)).size).toBe(2)
    expect(launcher.addresses('primary')).toHaveLength(1)
    const before = launcher.addresses('gateway')
    launcher.open()
    expect(launcher.addresses('gateway')).toEqual(before)
    for (const { identity } of started) kill(identity)
    await Promise.all(started.map(({ exited }) => exited ?? Promise.reject(new Error('not a child'))))
  } finally {
    launcher.close()
    rmSync(folder, { recursive: true })
  }
})
