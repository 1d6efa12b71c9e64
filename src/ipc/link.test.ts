import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { Link } from './link.ts'
import { LinkServer } from './link-server.ts'

test('an answer leaves before the work that waits for the end of the turn', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-link-'))
  const socketPath = join(folder, 'worker.sock')
  let writes: number | undefined
  const server = new LinkServer({
    socketPath,
    onRequest: ({ id }, link) => {
      const before = link.writes
      setImmediate(() => (writes = link.writes - before))
      link.response(id, { status: 200, headers: '', body: '' })
    },
    onCommand: () => undefined,
  })
  await server.start()
  const socket = connect(socketPath)
  try {
    await new Promise<void>((resolve) => {
      const link = new Link(socket, { onFrame: ({ id }) => id === 7 && resolve(), onClose: () => undefined })
      link.request(7, { method: 'GET', url: '/', headers: '', body: Buffer.alloc(0) })
    })
    expect(writes).toBe(1)
  } finally {
    socket.destroy()
    server.close()
    rmSync(folder, { recursive: true })
  }
})
