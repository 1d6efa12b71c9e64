import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import type { PortFigures } from '../../src/contracts/index.ts'
import { PolledInstances } from '../../src/gateway/nginx/polled-instances.ts'
import { LinkServer } from '../../src/ipc/index.ts'

let folder: string
const servers: LinkServer[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-polled-'))
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  rmSync(folder, { recursive: true })
})

/** A worker that says what it has answered on its port. */
async function startWorker(name: string, told: { pid: number; port: PortFigures }): Promise<string> {
  const socketPath = join(folder, name)
  const server = new LinkServer({
    socketPath,
    onCommand: () => ({ ...told, paused: false, inFlight: 0, routes: [] }),
  })
  await server.start()
  servers.push(server)
  return socketPath
}

test('counts what is answered while it watches, not what workers had answered before', async () => {
  const told = { pid: 1, port: { failed: 50, latency: [[40, 900]] } as PortFigures }
  const primary = await startWorker('primary', told)
  const backup = await startWorker('backup', { pid: 2, port: { failed: 0, latency: [] } })
  const instances = new PolledInstances({ primary: [primary], backup: [backup] }, () => undefined)
  const counted = () => {
    const { answered, failed, latest } = instances.traffic('primary')
    return { answered, failed, latest: latest.answered }
  }
  await instances.poll()
  expect(counted()).toEqual({ answered: 0, failed: 0, latest: 0 })
  told.port = { failed: 52, latency: [[40, 910]] }
  await instances.poll()
  expect(counted()).toEqual({ answered: 10, failed: 2, latest: 10 })
  // Another process in its place has answered all that it says since then.
  Object.assign(told, { pid: 3, port: { failed: 1, latency: [[40, 5]] } })
  await instances.poll()
  expect(counted()).toEqual({ answered: 15, failed: 3, latest: 15 })
})

test('goes on from what the process before has counted, and counts none of it twice', async () => {
  const told = { pid: 1, port: { failed: 2, latency: [[40, 100]] } as PortFigures }
  const primary = await startWorker('primary', told)
  const sockets = { primary: [primary], backup: [] }
  const before = new PolledInstances(sockets, () => undefined)
  await before.poll()
  told.port = { failed: 3, latency: [[40, 130]] }
  await before.poll()
  const after = new PolledInstances(sockets, () => undefined)
  after.continueFrom(before.meters)
  await after.poll()
  expect(after.meters).toEqual(before.meters)
  told.port = { failed: 3, latency: [[40, 131]] }
  await after.poll()
  expect(after.traffic('primary').latest).toMatchObject({ answered: 31, failed: 1 })
})
