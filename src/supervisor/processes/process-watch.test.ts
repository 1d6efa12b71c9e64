import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

import { until } from '../../../harness/until.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { identify } from '../../run-folder/index.ts'
import { ProcessWatch } from './process-watch.ts'

test('a watch that is closed while it has no link opens none again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-watch-'))
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  const socketPath = join(folder, 'process.sock')
  await new Promise<void>((resolve) => void server.listen(socketPath, resolve))
  const watch = new ProcessWatch({
    identity: identify(process.pid) as ProcessIdentity,
    socketPath,
    hangTimeoutMs: 10_000,
    onHung: () => undefined,
    onGone: () => undefined,
  })
  // It has opened a link again at least once: this process lives.
  await until('it reconnects', () => connections >= 2)
  watch.close()
  const before = connections
  // Five times what it waits before it connects again; a connection may have been on its way.
  await sleep(100)
  expect(connections - before).toBeLessThanOrEqual(1)
  await sleep(100)
  expect(connections - before).toBeLessThanOrEqual(1)
})
