import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { RouteSummary } from '../../src/contracts/index.ts'
import { systemEnvironment } from '../../src/gateway/own/environment.ts'
import type { Job } from '../../src/gateway/own/job.ts'
import { createJob } from '../../src/gateway/own/job.ts'
import type { AttemptEvents, ConnectionEvents, Worker } from '../../src/gateway/own/workers/worker.ts'
import { WorkerConnection } from '../../src/gateway/own/workers/worker-connection.ts'
import type { LinkRequest } from '../../src/ipc/index.ts'
import {
  decodeRequest,
  frameTypes,
  Link,
  LinkServer,
  refuseCommand,
  sendCommand,
} from '../../src/ipc/index.ts'
import * as older from '../support/link-protocol-0/link.js'

/** Each build's jobs are its own. */
const createFor = {
  present: (request: LinkRequest) => createJob(request, () => undefined, { isGone: false }, 0),
  older: (request: LinkRequest) =>
    (older.createJob as (request: LinkRequest, done: () => void, nowMs: number) => Job)(
      request,
      () => undefined,
      0,
    ),
}

const present = { LinkServer, sendCommand }
const builds = { present, older } as unknown as Readonly<Record<'present' | 'older', typeof present>>

/** The gateway's end of a link, of either build: the same calls under other names. */
type GatewayEnd = Pick<Worker, 'send' | 'close'> & { readonly heartbeat: () => void }
type Events = Omit<AttemptEvents, 'onAnswer'> &
  ConnectionEvents & { readonly onAnswer: (job: Job, answer: { readonly body: Buffer }) => void }

const connectFrom = {
  present: (events: Events): GatewayEnd => {
    const end = new WorkerConnection({ socketPath, instance: 'primary' }, events, systemEnvironment)
    return {
      send: (job, times) => end.send(job, times),
      close: () => end.close(),
      heartbeat: () => end.check(performance.now()),
    }
  },
  older: (events: Events): GatewayEnd => {
    type OlderEnd = Pick<Worker, 'send' | 'close'> & {
      readonly admit?: () => void
      readonly beat: (nowMs: number) => void
    }
    type OlderClass = new (path: string, events: object) => OlderEnd
    const end: OlderEnd = new (older.WorkerConnection as OlderClass)(socketPath, {
      ...events,
      onHello: (hello: never) => {
        events.onHello(hello)
        end.admit?.()
      },
      onLost: events.onFailed,
      onRoom: events.onReady,
    })
    return {
      send: (job, times) => end.send(job, times),
      close: () => end.close(),
      heartbeat: () => end.beat(performance.now()),
    }
  },
}

/** A frame type that no build knows. */
const futureType = 200

const routes: RouteSummary[] = []
let folder = ''
let socketPath = ''
const toClose: { close: () => void }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-link-'))
  socketPath = join(folder, 'worker.sock')
})
afterEach(() => {
  for (const one of toClose.splice(0)) one.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A worker's end that answers each request with its own body and notes the commands that it is given. */
async function startServer(build: keyof typeof builds) {
  const links = new Set<Link>()
  const server = new builds[build].LinkServer({
    socketPath,
    hello: { pid: 1, routes },
    onRequest: ({ id, payload }, link) => {
      links.add(link)
      link.response(id, { status: 200, headers: '', body: decodeRequest(payload).body })
    },
    onCommand: (command) =>
      (command as { do: string }).do === 'status' ? 'well' : refuseCommand(command as never),
  })
  await server.start()
  toClose.push(server)
  return { server, links }
}

/** A gateway's end. */
function connectTo(build: keyof typeof builds) {
  const seen = { hellos: [] as unknown[], lost: [] as unknown[], isLeaving: false, isClosed: false }
  const answers = new Map<Job, (body: string) => void>()
  const events: Events = {
    onHello: (hello) => void seen.hellos.push(hello),
    onAnswer: (job, answer) => answers.get(job)?.(answer.body.toString()),
    onUnwanted: () => undefined,
    onFailed: (_job, failure) => void seen.lost.push(failure),
    onLate: () => undefined,
    onReady: () => undefined,
    onLeaving: () => (seen.isLeaving = true),
    onClosed: () => (seen.isClosed = true),
  }
  const connection = connectFrom[build](events)
  toClose.push(connection)
  const ask = (body: string): Promise<string> =>
    new Promise((resolve) => {
      const request = { method: 'POST', url: '/', headers: '', body: Buffer.from(body) }
      const never = { sentMs: 0, lateMs: Infinity, dueMs: Infinity }
      const job = { ...createFor[build](request), ...never }
      answers.set(job, resolve)
      connection.send(job, never)
    })
  return { connection, seen, ask }
}

/** A link of this test's own, to write frames of a later build on. */
function openLink() {
  const frames: number[] = []
  let isClosed = false
  const socket = connect(socketPath)
  const link = new Link(socket, {
    onFrame: ({ type }) => void frames.push(type),
    onClose: () => (isClosed = true),
  })
  toClose.push({ close: () => socket.destroy() })
  return { link, socket, frames, isClosed: () => isClosed }
}

function futureFrame(): Buffer {
  const frame = Buffer.alloc(12)
  frame.writeUInt32LE(8, 0)
  frame[4] = futureType
  return frame
}

test.for([
  { worker: 'older', gateway: 'present' },
  { worker: 'present', gateway: 'older' },
  { worker: 'present', gateway: 'present' },
] as const)(
  'a $gateway gateway and a $worker worker: requests, heartbeats, commands, leaving',
  async ({ worker, gateway }) => {
    const { server } = await startServer(worker)
    const { connection, seen, ask } = connectTo(gateway)
    await until('a hello', () => seen.hellos.length === 1)
    expect(await Promise.all(['a', 'b', '你好'].map(ask))).toEqual(['a', 'b', '你好'])
    connection.heartbeat()
    expect(await ask('after a heartbeat')).toBe('after a heartbeat')
    expect(await builds[gateway].sendCommand(socketPath, { do: 'status' }, 1_000)).toBe('well')
    const left = server.leave()
    await until('the goaway', () => seen.isLeaving)
    await left
    expect(seen).toMatchObject({ lost: [], isClosed: false })
  },
)

test('a worker names its protocol in its hello; an older one names none', async () => {
  await startServer('present')
  const { seen } = connectTo('present')
  await until('a hello', () => seen.hellos.length === 1)
  expect(seen.hellos).toEqual([{ protocol: 1, pid: 1, routes }])
})

test('a worker skips a frame of a later build, and what is in flight on the link continues', async () => {
  await startServer('present')
  const { link, socket, frames, isClosed } = openLink()
  link.request(1, { method: 'GET', url: '/', headers: '', body: Buffer.alloc(0) })
  await until('a response', () => frames.includes(frameTypes.response))
  socket.write(futureFrame())
  link.request(2, { method: 'GET', url: '/', headers: '', body: Buffer.alloc(0) })
  await until('a response', () => frames.filter((type) => type === frameTypes.response).length === 2)
  expect(isClosed()).toBe(false)
})

test('a gateway skips a frame of a later build, and its requests are answered', async () => {
  const { links } = await startServer('present')
  const { seen, ask } = connectTo('present')
  expect(await ask('before')).toBe('before')
  for (const link of links) link.json(futureType as never, 0, {})
  expect(await ask('after')).toBe('after')
  expect(seen).toMatchObject({ lost: [], isClosed: false })
})

test('a command of a later build is refused by name', async () => {
  await startServer('present')
  await expect(sendCommand(socketPath, { do: 'levitate' }, 1_000)).rejects.toMatchObject({
    code: 'command_unknown',
    message: expect.stringContaining('levitate') as string,
  })
})
