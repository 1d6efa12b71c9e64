import type { Server as Listener, Socket } from 'node:net'

import type {
  ConnectionInjector,
  Metadata,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'

import type { TlsMaterial } from '../contracts/index.ts'
import type {
  Accept,
  ConnectionLimits,
  OnAnswered,
  OnRequest,
  RequestMemory,
  TrustOptions,
} from '../http/index.ts'
import { CallerFinder, EncryptedSockets, formatBound, listen } from '../http/index.ts'
import type { CallOrigin } from './calls/call-origin.ts'
import { Connections } from './calls/connections.ts'
import { describeAnswered } from './calls/describe-answered.ts'
import type { Readers, Serialize } from './calls/measured-service.ts'
import { measuredService } from './calls/measured-service.ts'
import { OpenCalls } from './calls/open-calls.ts'
import { createAsk } from './services/ask.ts'
import { findService, loadDefinitions } from './services/definitions.ts'
import { HealthService } from './services/health-service.ts'
import {
  inferenceReaders,
  inferenceService,
  repositoryReaders,
  repositoryService,
} from './services/inference-service.ts'

/** How often calls are checked, and health is told to those who watch. */
const sweepMs = 250

/** Calls that are open at the same time on a connection; a client keeps more back. */
const maxConcurrentCalls = 1_000

const minPingMs = 1_000

/** The longest time that a timer takes. */
const foreverMs = 2 ** 31 - 1

export type GrpcPortOptions = TrustOptions & {
  readonly limits: ConnectionLimits & { readonly maxConnections: number }
  readonly memory: RequestMemory
  /** Calls that are still unanswered this long after the port began to close are abandoned. */
  readonly stopTimeoutMs: number
  /** Takes each call as the request that it is over REST. */
  readonly onRequest: OnRequest
  readonly isReady: () => boolean
  /** Undefined without TLS. */
  readonly tls?: TlsMaterial | undefined
  readonly onAnswered?: OnAnswered | undefined
}

/** The Open Inference Protocol over gRPC, on listening sockets that another process opened; closing it loses no call. */
export class GrpcPort {
  readonly #options: GrpcPortOptions
  readonly #callers: CallerFinder
  readonly #connections: Connections
  readonly #calls: OpenCalls
  readonly #health: HealthService
  readonly #serializers = new Map<string, Serialize>()
  readonly #server: Server
  readonly #injector: ConnectionInjector
  readonly #encrypted: EncryptedSockets
  #listeners: readonly Listener[] = []
  #sweep: NodeJS.Timeout | undefined
  #giveUp: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(options: GrpcPortOptions) {
    const { limits, memory, onAnswered } = options
    this.#options = options
    // It prints headers of clients that it does not take, as often as they like.
    setLogVerbosity(logVerbosity.NONE)
    this.#callers = new CallerFinder({ ...options, isEncrypted: options.tls !== undefined })
    this.#encrypted = new EncryptedSockets(limits.maxConnections)
    this.#connections = new Connections((byBytes) => memory.change(byBytes))
    this.#calls = new OpenCalls({
      connections: this.#connections,
      callers: this.#callers,
      memory,
      limits,
      serialize: (path) => this.#serializers.get(path) as Serialize,
      onEnd: (call, status) => onAnswered?.(describeAnswered(call, status)),
    })
    this.#health = new HealthService(options.isReady)
    this.#server = new Server({
      interceptors: [(method, call) => this.#calls.take(method, call)],
      'grpc.enable_channelz': 0,
      'grpc.max_receive_message_length': limits.bodyLimitBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': maxConcurrentCalls,
      'grpc.max_connection_idle_ms': limits.keepAliveTimeoutMs,
      // A client that reads nothing does not answer these either.
      'grpc.keepalive_time_ms': Math.max(limits.sendTimeoutMs, minPingMs),
      'grpc.keepalive_timeout_ms': Math.max(limits.sendTimeoutMs, minPingMs),
    })
    this.#addServices()
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure())
  }

  /** Accepts connections on sockets that are already bound. */
  async start(handles: readonly unknown[]): Promise<void> {
    const { tls, limits } = this.#options
    const accept: Accept = (socket, isUnixSocket) => this.#accept(socket, isUnixSocket)
    const options = {
      allowHalfOpen: false,
      tls: tls && {
        ...tls,
        protocol: 'h2' as const,
        handshakeTimeoutMs: limits.headersTimeoutMs,
        onConnection: (socket: Socket) => this.#encrypted.add(socket),
      },
    }
    this.#listeners = await Promise.all(handles.map((handle) => listen(handle, accept, options)))
    this.#sweep = setInterval(() => this.#expire(), sweepMs)
  }

  /** `host:port`, or `unix:/path`, once it listens; of several the first. */
  get address(): string {
    return formatBound(this.#listeners[0])
  }

  /**
   * Accepts no more, and answers the calls that have come; a client that has sent one too late is told so by the protocol, and
   * sends it again on another connection. A second call may take the patience back.
   */
  close({ isPatient }: { readonly isPatient: boolean }): Promise<void> {
    if (!isPatient) this.#giveUp ??= setTimeout(() => this.#destroyAll(), this.#options.stopTimeoutMs)
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    const closed = Promise.all(
      this.#listeners.map((listener) => new Promise<void>((resolve) => void listener.close(() => resolve()))),
    )
    this.#calls.endStreams()
    this.#injector.drain(foreverMs)
    await closed
    clearTimeout(this.#giveUp)
    clearInterval(this.#sweep)
    this.#server.forceShutdown()
  }

  #accept(socket: Socket, isUnixSocket: boolean): void {
    if (this.#connections.size >= this.#options.limits.maxConnections) {
      socket.destroy()
      return
    }
    this.#connections.add(socket, this.#callers.peerAt(socket.remoteAddress, isUnixSocket))
    this.#injector.injectConnection(socket)
  }

  #destroyAll(): void {
    this.#connections.destroyAll()
    this.#encrypted.destroyAll()
  }

  #expire(): void {
    this.#health.update()
    this.#calls.expire(performance.now())
  }

  #addServices(): void {
    const { onRequest, limits, memory } = this.#options
    const definitions = loadDefinitions()
    const originOf = (metadata: Metadata): CallOrigin => this.#calls.originOf(metadata)
    const ask = createAsk({ onRequest, originOf, headLimitBytes: limits.headLimitBytes })
    const add = (
      service: ServiceDefinition,
      implementation: UntypedServiceImplementation,
      readers: Readers = {},
    ): void => this.#server.addService(measuredService(service, readers, this.#serializers), implementation)
    const inference = findService(definitions, 'inference.GRPCInferenceService')
    const isOutOfMemory = (): boolean => memory.isExceeded
    add(inference, inferenceService(ask, isOutOfMemory), inferenceReaders)
    const repository = findService(definitions, 'inference.model_repository.ModelRepositoryService')
    add(repository, repositoryService(ask), repositoryReaders)
    this.#health.addTo(add)
    // Of the library it needs this function alone.
    new ReflectionService(definitions).addToServer({ addService: add })
  }
}
