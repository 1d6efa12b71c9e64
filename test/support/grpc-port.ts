import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { connect as connectHttp2 } from 'node:http2'

import type { ServiceDefinition } from '@grpc/grpc-js'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { protoPath } from 'grpc-health-check'

import { GrpcPort } from '../../src/grpc/index.ts'
import type { Answered, HttpRequest, Respond } from '../../src/http/index.ts'
import { RequestMemory } from '../../src/http/index.ts'
import type { ListeningSocket } from '../../src/process/index.ts'
import { openListeningSocket } from '../../src/process/index.ts'

const limits = {
  headLimitBytes: 16_384,
  maxHeaders: 100,
  bodyLimitBytes: 200_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  sendTimeoutMs: 10_000,
  keepAliveTimeoutMs: 10_000,
  maxConnections: 100,
}
const protos = ['inference.proto', 'model_repository.proto', protoPath]
const definitions = loadSync(protos, { includeDirs: ['assets/grpc'], longs: Number, enums: String, defaults: true, keepCase: true }) // prettier-ignore
export const inference = definitions['inference.GRPCInferenceService'] as ServiceDefinition
export const health = definitions['grpc.health.v1.Health'] as ServiceDefinition

class CountedMemory extends RequestMemory {
  usedBytes = 0

  override change(byBytes: number): void {
    this.usedBytes += byBytes
    super.change(byBytes)
  }
}

export type Begun = { readonly request: HttpRequest; readonly respond: Respond }
type Scene = {
  readonly port: GrpcPort
  readonly socket: ListeningSocket
  readonly memory: CountedMemory
  readonly begun: Begun[]
  readonly log: Answered[]
}

export const closers: (() => unknown)[] = []

/** Closes what a test has opened; to be called after each. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

export async function startPort({
  socket = openListeningSocket('127.0.0.1:0'),
  stopTimeoutMs = 10_000,
  maxBufferedBytes = 100_000_000,
  isReady = () => true,
  answersAtOnce = false,
  trustedProxies = [],
  ...more
}: Partial<typeof limits> & {
  readonly socket?: ListeningSocket
  readonly stopTimeoutMs?: number
  readonly maxBufferedBytes?: number
  readonly isReady?: () => boolean
  readonly answersAtOnce?: boolean
  readonly trustedProxies?: readonly string[]
} = {}): Promise<Scene> {
  const begun: Begun[] = []
  const log: Answered[] = []
  const memory = new CountedMemory(maxBufferedBytes)
  const port = new GrpcPort({
    limits: { ...limits, ...more },
    memory,
    stopTimeoutMs,
    isReady,
    trustedProxies,
    onRequest: (request, respond) => {
      if (answersAtOnce) respond(inferred('now'))
      else begun.push({ request, respond })
    },
    onAnswered: (answered) => log.push(answered),
  })
  await port.start([socket.handle])
  closers.push(() => {
    for (const { respond } of begun) respond({ status: 503, headers: '', body: '' })
    return port.close({ isPatient: false })
  })
  return { port, socket, memory, begun, log }
}

/** What V2 over REST answers to an inference, with a tensor of a label. */
export function inferred(label: string, padBytes = 0): Parameters<Respond>[0] {
  const tensor = Buffer.concat([
    Buffer.from([label.length, 0, 0, 0]),
    Buffer.from(label),
    Buffer.alloc(padBytes),
  ])
  const outputs = [{ name: 'labels', datatype: 'BYTES', shape: [1, 1], parameters: { binary_data_size: tensor.length } }] // prettier-ignore
  const head = Buffer.from(JSON.stringify({ model_name: 'm', model_version: '7', outputs }))
  const headers = `inference-header-content-length\n${head.length}\nx-model-version\nm@7\nserver\nx`
  return { status: 200, headers, body: Buffer.concat([head, tensor]) }
}

export type Called = {
  readonly code: number
  readonly details: string
  readonly answer: unknown
  readonly metadata: Metadata
}

export function openClient(address: string): Client {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 50,
  })
  closers.push(() => client.close())
  return client
}

export function call(
  client: Client,
  service: ServiceDefinition,
  name: string,
  request: object,
  options: { deadline?: number; metadata?: Metadata } = {},
): Promise<Called> {
  const method = service[name]
  if (method === undefined) throw new Error(`there is no method ${name}`)
  const { metadata = new Metadata(), ...more } = options
  return new Promise((resolve) => {
    let headers = new Metadata()
    client
      .makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        more,
        (error, answer) =>
          resolve({
            code: error?.code ?? 0,
            details: error?.details ?? '',
            answer,
            metadata: error?.metadata ?? headers,
          }),
      )
      .on('metadata', (received) => (headers = received))
  })
}

export const text = (...texts: string[]): object => ({
  model_name: '姓 m',
  inputs: [{ name: 'text', datatype: 'BYTES', shape: [texts.length], contents: { bytes_contents: texts.map((one) => Buffer.from(one)) } }],
}) // prettier-ignore

export const infer = (client: Client, request = text('t'), options = {}): Promise<Called> =>
  call(client, inference, 'ModelInfer', request, options)

/** A client that sends whatever frames it likes. */
export function openSession(address: string, options = {}): ClientHttp2Session & { hasEnded: boolean } {
  const session = Object.assign(connectHttp2(`http://${address}`, options), { hasEnded: false })
  session.on('error', () => undefined)
  session.once('close', () => (session.hasEnded = true))
  closers.push(() => session.destroy())
  return session
}

export function beginCall(
  session: ClientHttp2Session,
  headers = {},
): ClientHttp2Stream & { received: object[] } {
  const stream = Object.assign(
    session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    }),
    { received: [] as object[] },
  )
  stream.on('error', () => undefined)
  stream.resume()
  stream.on('response', (received) => stream.received.push(received))
  stream.on('trailers', (received: object) => stream.received.push(received))
  return stream
}

/** The start of a message of so many bytes. */
export function messageHead(bytes: number): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(bytes, 1)
  return head
}

export const whole = (): Buffer => {
  const message = (inference['ModelInfer'] as ServiceDefinition[string]).requestSerialize(text('t'))
  return Buffer.concat([messageHead(message.length), message])
}

/** The headers of a call, packed without a table. */
export const callHeaders = Buffer.concat([
  Buffer.from([0x83, 0x86]),
  ...[[0x04, '/inference.GRPCInferenceService/ModelInfer'] as const, [0x01, 'x'] as const].map(
    ([name, value]) => Buffer.concat([Buffer.from([name, value.length]), Buffer.from(value)]),
  ),
  Buffer.from([0x0f, 0x10, 16]),
  Buffer.from('application/grpc'),
  Buffer.from([0, 2]),
  Buffer.from('te'),
  Buffer.from([8]),
  Buffer.from('trailers'),
])

const frameTypes = { headers: [1, 4], reset: [3, 0], settings: [4, 0] } as const

/** A frame of HTTP/2; a head is whole. */
export function frame(type: keyof typeof frameTypes, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.set(frameTypes[type], 3)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
