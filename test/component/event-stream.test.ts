import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { DeployEvent, StreamEvent } from '../../src/contracts/index.ts'
import type { ControlHandlers } from '../../src/control-api/index.ts'
import { ControlServer, createControlClient, createControlRoutes } from '../../src/control-api/index.ts'
import { EventStream } from '../../src/event-stream/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'changeover-events-'))
const socketPath = join(folder, 'control.sock')
/** What was sent to all readers, in bytes, and how many there are. */
const sent = { bytes: 0, readers: 0 }
const stream = new EventStream({
  status: () =>
    Promise.resolve({
      ...{ pid: 1, startedAtMs: 0, configPath: '', models: [], damaged: [], rollout: null, instances: [] },
      gateway: { address: '', grpcAddress: null, restarts: 0, process: null },
    }),
  history: () => [],
  secondMs: 20,
  maxReaders: 5,
})
const handlers: Pick<ControlHandlers, 'follow'> = {
  follow: async (reader) => {
    const leave = await stream.follow({
      ...reader,
      send: (line) => {
        sent.bytes += line.length
        reader.send(line)
      },
    })
    sent.readers++
    return () => {
      sent.readers--
      leave()
    }
  },
}
const server = new ControlServer(socketPath, createControlRoutes(handlers as ControlHandlers))
const client = createControlClient(socketPath)

beforeAll(async () => {
  stream.start()
  await server.start()
})
afterAll(() => {
  stream.close()
  server.close()
  rmSync(folder, { recursive: true })
})

async function connectSilently(): Promise<Socket> {
  const socket = connect(socketPath).pause()
  await once(socket, 'connect')
  socket.write('GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n')
  return socket
}

test('a reader of the control API gets events as they happen, and may leave', async () => {
  const leaving = new AbortController()
  const types: string[] = []
  let seconds = 0
  for await (const { type } of client.events(leaving.signal)) {
    if (type === 'figures') seconds++
    else types.push(type)
    if (type === 'snapshot')
      stream.followDeploy({ action: 'rollback', model: 'm', version: '1' })({
        ...{ type: 'end', ok: true, version: { model: 'm', version: '1' }, durationMs: 1 },
      })
    if (types.length === 3 && seconds > 1) leaving.abort()
  }
  expect(types).toEqual(['snapshot', 'deploy', 'deployEvent'])
  await until('the reader has left', () => sent.readers === 0)
})

test('a reader that reads nothing costs no more memory than its limit, and goes on with a snapshot when it does', async () => {
  const socket = await connectSilently()
  await until('it reads', () => sent.readers === 1)
  const before = sent.bytes
  const tell = stream.followDeploy({ action: 'deploy', model: 'm', version: '2' })
  const detail = 'x'.repeat(100_000)
  const step: DeployEvent = { type: 'step', step: 'warm primary', state: 'done', durationMs: 1, detail }
  for (let index = 0; index < 200; index++) tell(step)
  tell({ type: 'end', ok: true, version: { model: 'm', version: '2' }, durationMs: 1 })
  // Its limit, a line, and what the kernel takes.
  expect(sent.bytes - before).toBeLessThan(2 * 2 ** 20)

  let text = ''
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  socket.resume()
  await until('it has caught up', () => /"snapshot"[^]*"snapshot"[^]*"figures"/.test(text))
  const lines = text.split(/\r\n[0-9a-f]+\r\n|\r\n\r\n[0-9a-f]+\r\n/).filter((line) => line.startsWith('{'))
  const events = lines.slice(0, -1).map((line) => JSON.parse(line) as StreamEvent)
  const last = events.findLast(({ type }) => type === 'snapshot')
  expect(last).toMatchObject({ type: 'snapshot', deploys: [] })
  socket.destroy()
  await until('it has left', () => sent.readers === 0)
})

test('more readers than the limit are refused with a reason, and those that are there read on', async () => {
  const sockets = await Promise.all(Array.from({ length: 5 }, connectSilently))
  await until('they read', () => sent.readers === 5)
  const refused = client.events()[Symbol.asyncIterator]().next()
  await expect(refused).rejects.toMatchObject({ code: 'overloaded' })
  for (const socket of sockets) socket.destroy()
  await until('they have left', () => sent.readers === 0)
  const leaving = new AbortController()
  for await (const event of client.events(leaving.signal)) {
    expect(event.type).toBe('snapshot')
    leaving.abort()
  }
})

test('a reader may leave before it is answered: a server that is silent does not hold it', async () => {
  const silent = join(folder, 'silent.sock')
  const leaving = new AbortController()
  const listener = createServer(() => leaving.abort()).listen(silent)
  await once(listener, 'listening')
  const begun = performance.now()
  const events = createControlClient(silent).events(leaving.signal)[Symbol.asyncIterator]()
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(performance.now() - begun).toBeLessThan(5_000)
  listener.close()
})

// The last one: it ends the stream of all tests.
test('when the stream ends, a reader is told so; one that is behind is not waited for', async () => {
  const slow = await connectSilently()
  await until('it reads', () => sent.readers === 1)
  const tell = stream.followDeploy({ action: 'deploy', model: 'm', version: '3' })
  const detail = 'x'.repeat(100_000)
  for (let index = 0; index < 50; index++)
    tell({ type: 'step', step: 'warm primary', state: 'done', durationMs: 1, detail })
  tell({ type: 'end', ok: true, version: { model: 'm', version: '3' }, durationMs: 1 })
  const types: string[] = []
  for await (const { type } of client.events()) {
    types.push(type)
    if (type === 'snapshot') stream.close()
  }
  expect(types.at(-1)).toBe('closed')
  await until('all have left', () => sent.readers === 0)
  slow.destroy()
})
