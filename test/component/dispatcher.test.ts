import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { GatewayLimits } from '../../src/config/schema/index.ts'
import type { RouteSummary } from '../../src/contracts/index.ts'
import { Dispatcher } from '../../src/gateway/own/dispatcher.ts'
import { TrafficMeter } from '../../src/gateway/own/traffic-meter.ts'
import type { Answer } from '../../src/http/index.ts'
import { decodeRequest, frameTypes, Link, LinkServer } from '../../src/ipc/index.ts'

/** A worker as the gateway sees it: it answers what it is told to, when it is told to. */
type FakeWorker = {
  readonly requests: string[]
  /** Answers the oldest request that waits. */
  readonly answer: (body?: string) => void
  /** Answers the newest request that waits. */
  readonly answerLast: (body: string) => void
  readonly waiting: () => number
  readonly leave: () => Promise<void>
  readonly close: () => void
}

const routes: RouteSummary[] = [
  { method: 'POST', path: '/predict', repeat: 'freely', answerTimeoutMs: undefined },
  { method: 'POST', path: '/post', repeat: 'never', answerTimeoutMs: undefined },
  { method: 'POST', path: '/hurried', repeat: 'freely', answerTimeoutMs: 150 },
  { method: 'POST', path: '/hurried-post', repeat: 'never', answerTimeoutMs: 150 },
  { method: 'GET', path: '/get', repeat: 'on-failure', answerTimeoutMs: undefined },
  { method: 'GET', path: '/hurried-get', repeat: 'on-failure', answerTimeoutMs: 150 },
]

const limits: GatewayLimits = {
  answerTimeoutMs: 2_000,
  maxInFlight: 4,
  maxWaiting: 5,
  maxWaitingBytes: 1_000_000,
}

let folder = ''
const toClose: { close: () => void }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-dispatcher-'))
})
afterEach(() => {
  for (const one of toClose.splice(0)) one.close()
  rmSync(folder, { recursive: true, force: true })
})

const socketOf = (name: string): string => join(folder, `${name}.sock`)

async function startWorker(name: string, { answersAtOnce = false } = {}): Promise<FakeWorker> {
  const waiting: { readonly id: number; readonly link: Link }[] = []
  const requests: string[] = []
  const send = ({ id, link }: { readonly id: number; readonly link: Link }, body: string): void =>
    link.response(id, { status: 200, headers: '', body })
  const server = new LinkServer({
    socketPath: socketOf(name),
    hello: { pid: 1, routes },
    onRequest: ({ id, payload }, link) => {
      const { url, body } = decodeRequest(payload)
      requests.push(`${url} ${body.toString()}`)
      if (answersAtOnce) send({ id, link }, name)
      else waiting.push({ id, link })
    },
    onCommand: () => undefined,
  })
  await server.start()
  const worker = {
    requests,
    answer: (body = name) => {
      const first = waiting.shift()
      if (first !== undefined) send(first, body)
    },
    answerLast: (body: string) => {
      const last = waiting.pop()
      if (last !== undefined) send(last, body)
    },
    waiting: () => waiting.length,
    leave: () => server.leave(),
    close: () => server.close(),
  }
  toClose.push(worker)
  return worker
}

/** A worker that has the kernel accept for it and says whatever it is told, or nothing. */
function startRaw(name: string, onSocket: (socket: Socket) => void): Server {
  const server = createServer(onSocket).listen(socketOf(name))
  toClose.push(server)
  return server
}

/** A process that somebody has stopped. */
function startStopped(): ChildProcess {
  const child = spawn('sleep', ['60'])
  child.kill('SIGSTOP')
  toClose.push({ close: () => void child.kill('SIGKILL') })
  return child
}

async function startDispatcher(
  more: Partial<GatewayLimits> = {},
  ready: readonly ('primary' | 'backup')[] = ['primary', 'backup'],
): Promise<{ readonly dispatcher: Dispatcher; readonly meter: TrafficMeter }> {
  const meter = new TrafficMeter()
  const workerSockets = { primary: [socketOf('primary')], backup: [socketOf('backup')] }
  const dispatcher = new Dispatcher({ workerSockets, limits: { ...limits, ...more } }, meter)
  dispatcher.start()
  toClose.unshift(dispatcher)
  for (const name of ready) await until(`${name} is ready`, () => dispatcher.traffic(name).readyWorkers === 1)
  return { dispatcher, meter }
}

function ask(
  dispatcher: Dispatcher,
  url = '/predict',
  body = '',
  client = { isGone: false },
): Promise<Answer> {
  const method = url.includes('get') ? 'GET' : 'POST'
  return new Promise((resolve) =>
    dispatcher.dispatch({ method, url, headers: '', body: Buffer.from(body) }, resolve, client),
  )
}

const textOf = async (answer: Promise<Answer>): Promise<string> => (await answer).body.toString()

test('a worker has a limited number of requests in flight, the next ones queue, and the rest are refused at once', async () => {
  const primary = await startWorker('primary')
  await startWorker('backup')
  const { dispatcher, meter } = await startDispatcher()
  const answers = Array.from({ length: 9 }, (_, i) => ask(dispatcher, '/predict', String(i)))
  const refused = await ask(dispatcher, '/predict', 'too many')
  expect([refused.status, refused.headers, refused.body.toString()]).toEqual([
    503,
    expect.stringContaining('retry-after\n1'),
    expect.stringContaining('overloaded'),
  ])
  await until('the worker has its share', () => primary.waiting() === 4)
  expect(dispatcher.counts).toMatchObject({ waiting: 5, refused: 1, lost: 0 })
  for (let i = 0; i < 9; i++) {
    await until('a request is there', () => primary.waiting() > 0)
    primary.answer(`answer ${i}`)
  }
  expect(await Promise.all(answers.map(textOf))).toEqual(Array.from({ length: 9 }, (_, i) => `answer ${i}`))
  expect(primary.requests.map((request) => request.slice('/predict '.length))).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
  ])
  expect(meter.takeWindow()).toMatchObject({ accepted: 10, answered: 9, refused: 1, lost: 0 })
})

test('answers come in any order, each to its own request', async () => {
  const primary = await startWorker('primary')
  await startWorker('backup')
  const { dispatcher } = await startDispatcher()
  const answers = [ask(dispatcher), ask(dispatcher), ask(dispatcher)]
  await until('all are there', () => primary.waiting() === 3)
  for (const body of ['third', 'second', 'first']) primary.answerLast(body)
  expect(await Promise.all(answers.map(textOf))).toEqual(['first', 'second', 'third'])
})

test('bodies that wait are bounded in bytes', async () => {
  await startWorker('primary')
  await startWorker('backup')
  const { dispatcher } = await startDispatcher({ maxInFlight: 1, maxWaiting: 1_000, maxWaitingBytes: 1_000 })
  void ask(dispatcher, '/predict', 'x'.repeat(5_000))
  void ask(dispatcher, '/predict', 'x'.repeat(900))
  expect((await ask(dispatcher, '/predict', 'x'.repeat(200))).status).toBe(503)
  expect(dispatcher.counts.waiting).toBe(1)
})

test('what a worker had when its link ended is asked of the other instance', async () => {
  const primary = await startWorker('primary')
  await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher()
  const answers = [ask(dispatcher), ask(dispatcher)]
  await until('both are there', () => primary.waiting() === 2)
  primary.close()
  await startWorker('primary')
  expect(await Promise.all(answers.map(textOf))).toEqual(['backup', 'backup'])
  expect(dispatcher.counts.retried).toBe(2)
})

test('what was lost goes to the other instance rather than to another worker of the same', async () => {
  const meter = new TrafficMeter()
  const [first, second] = [await startWorker('primary'), await startWorker('primary-too')]
  const backup = await startWorker('backup', { answersAtOnce: true })
  const dispatcher = new Dispatcher(
    {
      workerSockets: {
        primary: [socketOf('primary'), socketOf('primary-too')],
        backup: [socketOf('backup')],
      },
      limits,
    },
    meter,
  )
  dispatcher.start()
  toClose.unshift(dispatcher)
  await until('all are ready', () => dispatcher.traffic('primary').readyWorkers === 2)
  await until('the backup is ready', () => dispatcher.traffic('backup').readyWorkers === 1)
  const answers = [ask(dispatcher), ask(dispatcher)]
  await until('each has one', () => first.waiting() === 1 && second.waiting() === 1)
  first.close()
  expect(await Promise.race(answers.map(textOf))).toBe('backup')
  second.close()
  await startWorker('primary')
  expect(await Promise.all(answers.map(textOf))).toEqual(['backup', 'backup'])
  expect(backup.requests).toHaveLength(2)
})

test('a request to a route that may not be repeated is sent once, and the client learns that the answer is unknown', async () => {
  const primary = await startWorker('primary')
  const backup = await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher()
  const answer = ask(dispatcher, '/post')
  await until('it is there', () => primary.waiting() === 1)
  primary.close()
  expect((await answer).status).toBe(502)
  expect(await textOf(answer)).toContain('answer_unknown')
  expect(backup.requests).toEqual([])
})

test('an answer that is late for its route is asked of the other instance, and the one that comes late is dropped', async () => {
  const primary = await startWorker('primary')
  await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher({ answerTimeoutMs: 60_000 })
  for (let i = 0; i < 30; i++) {
    const quick = ask(dispatcher)
    await until('it is there', () => primary.waiting() === 1)
    primary.answer()
    expect(await textOf(quick)).toBe('primary')
  }
  const begunMs = performance.now()
  expect(await textOf(ask(dispatcher))).toBe('backup')
  expect(performance.now() - begunMs).toBeLessThan(5_000)
  primary.answer('too late')
  const next = ask(dispatcher)
  await until('the next is there', () => primary.waiting() === 1)
  primary.answer('in time')
  expect(await textOf(next)).toBe('in time')
})

test('an answer that is late is still taken where the other instance dies on the request', async () => {
  const primary = await startWorker('primary')
  const backup = await startWorker('backup')
  const { dispatcher } = await startDispatcher({ answerTimeoutMs: 60_000 })
  for (let i = 0; i < 30; i++) {
    const quick = ask(dispatcher)
    await until('it is there', () => primary.waiting() === 1)
    primary.answer()
    await quick
  }
  const answer = ask(dispatcher)
  await until('the backup has it too', () => backup.waiting() === 1)
  backup.close()
  await until('the backup is gone', () => dispatcher.traffic('backup').readyWorkers === 0)
  primary.answer('late, and right')
  expect(await textOf(answer)).toBe('late, and right')
  expect(dispatcher.counts).toMatchObject({ retried: 1, lost: 0, waiting: 0 })
})

test('a GET is sent again when its connection fails, and not merely because it is late', async () => {
  const primary = await startWorker('primary')
  const backup = await startWorker('backup', { answersAtOnce: true })
  await startWorker('backup-too', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher()
  const late = await ask(dispatcher, '/hurried-get')
  expect([late.status, late.body.toString()]).toEqual([502, expect.stringContaining('answer_unknown')])
  expect(backup.requests).toEqual([])
  const [older, cut] = [ask(dispatcher, '/get', 'older'), ask(dispatcher, '/get', 'cut')]
  await until('both are there', () => primary.waiting() === 3)
  primary.close()
  expect(await textOf(cut)).toBe('backup')
  expect(backup.requests).toEqual(['/get cut'])
  void older
})

test('a post that is late is not sent again', async () => {
  await startWorker('primary')
  const backup = await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher()
  expect((await ask(dispatcher, '/hurried-post')).status).toBe(502)
  expect(backup.requests).toEqual([])
})

test('a request whose worker died is not sent to the last healthy one, and waits for another', async () => {
  const primary = await startWorker('primary')
  const backup = await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher()
  const [first, second] = [ask(dispatcher, '/predict', 'first'), ask(dispatcher, '/predict', 'second')]
  await until('both are there', () => primary.waiting() === 2)
  primary.close()
  expect(await textOf(second)).toBe('backup')
  expect(backup.requests).toEqual(['/predict second'])
  const again = await startWorker('primary')
  expect(await textOf(first)).toBe('backup')
  expect(again.requests).toEqual([])
})

test('the last worker that is well is spared where no other comes, and the caller gets an error in time', async () => {
  const primary = await startWorker('primary')
  const backup = await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher({ answerTimeoutMs: 300 })
  const answer = ask(dispatcher)
  await until('it is there', () => primary.waiting() === 1)
  primary.close()
  expect([(await answer).status, await textOf(answer)]).toEqual([
    503,
    expect.stringContaining('it is not sent to the last one that serves'),
  ])
  expect(backup.requests).toEqual([])
  expect(await textOf(ask(dispatcher))).toBe('backup')
})

test('a client that goes takes its request out of the line, and out of the worker’s', async () => {
  const cancelled: number[] = []
  const received: number[] = []
  const server = new LinkServer({
    socketPath: socketOf('primary'),
    hello: { pid: process.pid, routes },
    onRequest: ({ id }) => void received.push(id),
    onCancel: (id) => void cancelled.push(id),
    onCommand: () => undefined,
  })
  await server.start()
  toClose.push(server)
  const { dispatcher, meter } = await startDispatcher({ maxInFlight: 1, maxWaiting: 1 }, ['primary'])
  const [sent, waiting] = [{ isGone: false }, { isGone: false }]
  void ask(dispatcher, '/predict', 'sent', sent)
  void ask(dispatcher, '/predict', 'waiting', waiting)
  await until('one is with the worker', () => received.length === 1)
  expect(dispatcher.counts.waiting).toBe(1)
  waiting.isGone = true
  await until('there is room in the line', () => dispatcher.counts.waiting === 0)
  const last = ask(dispatcher, '/predict', 'last')
  sent.isGone = true
  await until('the worker has heard, and has the last', () => received.length === 2)
  expect(cancelled).toEqual(received.slice(0, 1))
  expect(meter.takeWindow()).toMatchObject({ accepted: 3, answered: 0, lost: 0, refused: 0 })
  void last
})

test('a late answer is waited for while nobody else could give one', async () => {
  const primary = await startWorker('primary')
  const { dispatcher } = await startDispatcher({}, ['primary'])
  const answer = ask(dispatcher, '/hurried')
  await until('it is there', () => primary.waiting() === 1)
  expect((await answer).status).toBe(503)
  expect(primary.requests).toHaveLength(1)
})

test('a route may have a deadline of its own', async () => {
  const primary = await startWorker('primary')
  await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher({ answerTimeoutMs: 60_000 })
  expect(await textOf(ask(dispatcher, '/hurried'))).toBe('backup')
  expect(primary.waiting()).toBe(1)
})

test('a worker that is silent, as it has been stopped, has its requests taken away at once, gets none, and is used again when it is heard', async () => {
  const stopped = startStopped()
  const sockets: Socket[] = []
  startRaw('primary', (socket) => {
    sockets.push(socket)
    const link: Link = new Link(socket, {
      onFrame: ({ type, id }) => {
        if (isSilent) return
        if (type === frameTypes.ping) link.signal('pong', id)
        if (type === frameTypes.request) link.response(id, { status: 200, headers: '', body: 'primary' })
      },
      onClose: () => undefined,
    })
    link.json('hello', 0, { pid: stopped.pid, routes })
    speakAgain = () => {
      isSilent = false
      link.signal('pong', 0)
    }
  })
  let isSilent = false
  let speakAgain = (): void => undefined
  await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher({ answerTimeoutMs: 60_000 })
  for (let i = 0; i < 30; i++) expect(await textOf(ask(dispatcher))).toBe('primary')
  isSilent = true
  expect(await Promise.all([ask(dispatcher), ask(dispatcher)].map(textOf))).toEqual(['backup', 'backup'])
  expect(dispatcher.traffic('primary').readyWorkers).toBe(0)
  expect(await textOf(ask(dispatcher))).toBe('backup')
  speakAgain()
  await until('the primary is used again', () => dispatcher.traffic('primary').readyWorkers === 1)
  expect(await textOf(ask(dispatcher))).toBe('primary')
  expect(sockets).toHaveLength(1)
})

test('malformed frames end the link, not the gateway: what was asked goes to the other instance', async () => {
  startRaw('primary', (socket) => {
    const link = new Link(socket, {
      onFrame: ({ type }) => {
        if (type === frameTypes.request) socket.write(Buffer.from([3, 0, 0, 0, 1, 2, 3]))
      },
      onClose: () => undefined,
    })
    link.json('hello', 0, { pid: 1, routes })
  })
  await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher()
  expect(await textOf(ask(dispatcher))).toBe('backup')
})

test('a worker that leaves gets no more requests, and answers those that it has', async () => {
  const primary = await startWorker('primary')
  await startWorker('backup', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher()
  const answer = ask(dispatcher)
  await until('it is there', () => primary.waiting() === 1)
  await primary.leave()
  expect(await textOf(ask(dispatcher))).toBe('backup')
  primary.answer()
  expect(await textOf(answer)).toBe('primary')
})

test('requests wait for a worker while none is there, and are given up in their time', async () => {
  const { dispatcher } = await startDispatcher({ answerTimeoutMs: 400 }, [])
  const given = ask(dispatcher)
  expect([(await given).status, await textOf(given)]).toEqual([503, expect.stringContaining('no_instance')])
  const answer = ask(dispatcher)
  await startWorker('backup', { answersAtOnce: true })
  expect(await textOf(answer)).toBe('backup')
})

test('one that waits for another worker than the last one does not hold up the rest', async () => {
  const primary = await startWorker('primary')
  const { dispatcher } = await startDispatcher({}, ['primary'])
  const hurried = ask(dispatcher, '/hurried')
  await until('it is there', () => primary.waiting() === 1)
  await until('it waits for another worker', () => dispatcher.counts.waiting === 1)
  const other = ask(dispatcher)
  await until('the other is there', () => primary.waiting() === 2)
  primary.answer()
  primary.answer('other')
  expect(await textOf(other)).toBe('other')
  expect((await hurried).status).toBe(503)
})

test('a pause waits until the other instance is there, and a resume overtakes it', async () => {
  await startWorker('primary', { answersAtOnce: true })
  const { dispatcher } = await startDispatcher({}, ['primary'])
  await expect(dispatcher.pause('primary', 50)).rejects.toMatchObject({ code: 'no_instance' })
  const overtaken = dispatcher.pause('primary', 60_000)
  dispatcher.resume('primary')
  await overtaken
  expect(dispatcher.traffic('primary').paused).toBe(false)
  const paused = dispatcher.pause('primary', 60_000)
  await startWorker('backup', { answersAtOnce: true })
  await paused
  expect(dispatcher.traffic('primary').paused).toBe(true)
  expect(await textOf(ask(dispatcher))).toBe('backup')
})

test('who answers reads on only as fast as the answers are read: neither end collects without bound', async () => {
  const sizeBytes = 64 * 1024
  let asked = 0
  const server = new LinkServer({
    socketPath: socketOf('primary'),
    onRequest: ({ id }, link) => {
      asked++
      link.response(id, { status: 200, headers: '', body: Buffer.alloc(sizeBytes) })
    },
    onCommand: () => undefined,
  })
  await server.start()
  toClose.push(server)
  let answered = 0
  const socket = connect(socketOf('primary'))
  const link = new Link(socket, {
    onFrame: ({ type }) => {
      if (type === frameTypes.response) answered++
    },
    onClose: () => undefined,
  })
  toClose.push({ close: () => void socket.destroy() })
  socket.pause()
  const count = 600
  for (let i = 0; i < count; i++) {
    link.request(i, { method: 'POST', url: '/', headers: '', body: Buffer.alloc(1_024) })
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  let before = -1
  await until('the other end has stopped reading', async () => {
    const isSame = asked === before
    before = asked
    await new Promise((resolve) => setTimeout(resolve, 50))
    return isSame && asked > 0
  })
  expect(asked).toBeLessThan(count / 4)
  expect(link.isFull).toBe(true)
  socket.resume()
  await until('all are answered', () => answered === count)
})
