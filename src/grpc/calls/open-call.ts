import type { ServerMethodDefinition, StatusObject } from '@grpc/grpc-js'
import { Metadata, ServerInterceptingCall, status as codes } from '@grpc/grpc-js'

import type { CallOrigin } from './call-origin.ts'
import type { Awaited, ClientConnection } from './client-connection.ts'
import type { Received, Serialize } from './measured-service.ts'

/** How a call ends. */
export type CallStatus = Pick<StatusObject, 'code' | 'details'> & Partial<Pick<StatusObject, 'metadata'>>

/** The call as the library has it, and what it tells about it. */
export type LibraryCall = ConstructorParameters<typeof ServerInterceptingCall>[0]
type Listener = Parameters<ServerInterceptingCall['start']>[0]

/** A client whose deadline has passed cancels its call; its clock started somewhat before ours. */
const deadlineToleranceMs = 100

/** What a call costs without its headers and messages. */
const callBytes = 8 * 1024

/** Of a call whose headers have not come: it cannot be answered either. */
const unknownOrigin: CallOrigin = {
  headers: [],
  id: '',
  caller: { address: 'unknown', scheme: undefined },
}

/** What the calls of a port have in common. */
export type CallOptions = {
  readonly maxMessageBytes: number
  readonly serialize: (path: string) => Serialize
  readonly findOrigin: (metadata: Metadata, connection: ClientConnection) => CallOrigin
  readonly onBegin: (call: OpenCall) => void
  /** What it holds has changed by so many bytes. */
  readonly onCount: (byBytes: number) => void
  /** It is over; `status` is undefined if the client has left, or the library has ended it by itself. */
  readonly onEnd: (call: OpenCall, status: CallStatus | undefined) => void
}

/** A call that is open, with what it holds in memory and since when its client keeps it waiting. */
export class OpenCall extends ServerInterceptingCall {
  readonly path: string
  readonly isStream: boolean
  readonly connection: ClientConnection
  readonly beganMs = performance.now()
  readonly #call: LibraryCall
  readonly #options: CallOptions
  origin = unknownOrigin
  answeredBytes = 0
  countedBytes = 0
  sinceMs = performance.now()
  #fixedBytes = callBytes
  #beganAtBytes: number
  #isWhole = false
  #isOver = false
  #status: CallStatus | undefined
  #hasSentMetadata = false
  /** Messages that the client has not taken. */
  #untaken = 0
  #wantsRead = false

  constructor(
    method: ServerMethodDefinition<unknown, unknown>,
    call: LibraryCall,
    connection: ClientConnection,
    options: CallOptions,
  ) {
    super(call)
    this.path = method.path
    this.isStream = method.requestStream || method.responseStream
    this.connection = connection
    this.#call = call
    this.#options = options
    this.#beganAtBytes = connection.markBytes()
  }

  get awaited(): Awaited {
    if (this.#untaken > 0 || this.#status !== undefined) return 'taking its answers'
    return this.#isWhole ? 'us' : 'body'
  }

  override start(listener: Listener): void {
    super.start({
      onReceiveMetadata: (metadata) => {
        this.origin = this.#options.findOrigin(metadata, this.connection)
        this.#fixedBytes += metadataBytes(metadata)
        this.#options.onBegin(this)
        this.count()
        listener.onReceiveMetadata(metadata)
      },
      onReceiveMessage: ({ message, sizeBytes }: Received) => {
        if (this.isStream) this.#restart()
        else this.#fixedBytes += sizeBytes
        listener.onReceiveMessage(message)
      },
      onReceiveHalfClose: () => {
        this.#isWhole = true
        this.count()
        listener.onReceiveHalfClose()
      },
      onCancel: () => {
        this.#end()
        listener.onCancel()
      },
    })
  }

  override sendMetadata(metadata: Metadata): void {
    this.#hasSentMetadata = true
    super.sendMetadata(this.#identify(metadata))
  }

  override sendMessage(message: unknown, callback: () => void): void {
    // It was ended from outside, and its handler does not know yet.
    if (this.#status !== undefined) return
    const bytes = this.#options.serialize(this.path)(message)
    this.answeredBytes += bytes.length
    this.#fixedBytes += bytes.length
    if (this.#untaken++ === 0) this.sinceMs = performance.now()
    this.count()
    super.sendMessage(bytes, () => {
      this.#untaken--
      if (this.isStream) this.#fixedBytes -= bytes.length
      this.sinceMs = performance.now()
      this.count()
      callback()
      this.#readOn()
    })
  }

  override sendStatus(status: CallStatus): void {
    if (this.#status !== undefined) return
    this.#status = status
    this.sinceMs = performance.now()
    const { metadata } = status
    super.sendStatus(
      this.#hasSentMetadata ? status : { ...status, metadata: this.#identify(metadata ?? new Metadata()) },
    )
  }

  /** A client that does not take its answers is not read from. */
  override startRead(): void {
    this.#wantsRead = true
    this.#readOn()
  }

  /** Counts again what it holds. */
  count(): void {
    if (this.#isOver) return
    const comeBytes = this.#isWhole ? 0 : this.connection.socket.bytesRead - this.#beganAtBytes
    this.#change(this.#fixedBytes + Math.min(comeBytes, this.#options.maxMessageBytes))
  }

  /** Each answer says which call it is for, like one over HTTP. */
  #identify(metadata: Metadata): Metadata {
    metadata.set('x-request-id', this.origin.id)
    return metadata
  }

  #readOn(): void {
    if (!this.#wantsRead || this.#untaken > 0) return
    this.#wantsRead = false
    super.startRead()
  }

  /** The next message of a stream has its own time. */
  #restart(): void {
    this.sinceMs = performance.now()
    this.#beganAtBytes = this.connection.markBytes()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const isLate = Number(this.#call.getDeadline()) - Date.now() < deadlineToleranceMs
    const status = this.#status ?? (isLate ? { code: codes.DEADLINE_EXCEEDED, details: '' } : undefined)
    // The library keeps what has come of a message until the client has ended its side too.
    if (!this.#isWhole && status !== undefined) {
      this.connection.keptBytes += this.countedBytes
      this.countedBytes = 0
    }
    this.#change(0)
    this.#options.onEnd(this, status)
  }

  #change(bytes: number): void {
    this.#options.onCount(bytes - this.countedBytes)
    this.countedBytes = bytes
  }
}

function metadataBytes(metadata: Metadata): number {
  return Object.entries(metadata.getMap()).reduce((sum, [name, { length }]) => sum + name.length + length, 0)
}
