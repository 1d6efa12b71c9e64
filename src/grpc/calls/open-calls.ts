import type { Metadata, ServerMethodDefinition } from '@grpc/grpc-js'
import { status as codes } from '@grpc/grpc-js'

import type { CallerFinder, ConnectionLimits, RequestMemory } from '../../http/index.ts'
import { deadlineMs } from '../../http/index.ts'
import type { CallOrigin } from './call-origin.ts'
import { findOrigin } from './call-origin.ts'
import type { Connections } from './connections.ts'
import type { CallOptions, CallStatus, LibraryCall } from './open-call.ts'
import { OpenCall } from './open-call.ts'

/** Health watches and the like: each keeps some memory as long as its client likes. */
const maxStreams = 1_000

export type OpenCallsOptions = {
  readonly connections: Connections
  readonly callers: CallerFinder
  readonly memory: RequestMemory
  readonly limits: ConnectionLimits
  readonly serialize: CallOptions['serialize']
  readonly onEnd: (call: OpenCall, status: CallStatus) => void
}

/** The calls of all connections: what they hold is counted, and those that keep the process waiting are ended. */
export class OpenCalls {
  readonly #options: OpenCallsOptions
  readonly #callOptions: CallOptions
  readonly #calls = new Set<OpenCall>()
  /** By the metadata, which is all that a handler has of its call. */
  readonly #origins = new WeakMap<Metadata, CallOrigin>()
  #streams = 0
  #isClosing = false

  constructor(options: OpenCallsOptions) {
    this.#options = options
    this.#callOptions = {
      maxMessageBytes: options.limits.bodyLimitBytes,
      serialize: options.serialize,
      findOrigin: (metadata, { peer }) => {
        const origin = findOrigin(metadata, options.callers, peer)
        this.#origins.set(metadata, origin)
        return origin
      },
      onBegin: (call) => this.#begin(call),
      onCount: (byBytes) => options.memory.change(byBytes),
      onEnd: (call, status) => this.#end(call, status),
    }
  }

  /** Takes a call of the server, when its headers have come. */
  take(method: ServerMethodDefinition<unknown, unknown>, call: LibraryCall): OpenCall {
    const connection = this.#options.connections.find(call.getConnectionInfo())
    return new OpenCall(method, call, connection, this.#callOptions)
  }

  /** Of a call that was taken. */
  originOf(metadata: Metadata): CallOrigin {
    return this.#origins.get(metadata) as CallOrigin
  }

  /** Ends what takes too long, and closes the connections that hold most if memory is short; to be called regularly. */
  expire(nowMs: number): void {
    const { limits, memory, connections } = this.#options
    for (const call of this.#calls) {
      call.count()
      const { awaited } = call
      if (awaited === 'us' || nowMs - call.sinceMs <= deadlineMs(awaited, limits, memory.isTight)) continue
      if (awaited === 'body') giveUp(call, limits.bodyTimeoutMs)
      else call.connection.socket.destroy()
    }
    if (memory.isExceeded) connections.closeLargest(memory.excessBytes)
  }

  /** Ends the calls that have no end of their own: their clients call the process that takes this one's place. */
  endStreams(): void {
    this.#isClosing = true
    for (const call of this.#calls) if (call.isStream) call.sendStatus(leaving)
  }

  #begin(call: OpenCall): void {
    this.#calls.add(call)
    call.connection.calls.add(call)
    if (!call.isStream) return
    this.#streams++
    const refusal = this.#isClosing ? leaving : this.#streams > maxStreams ? tooMany : undefined
    // Its handler is called in this turn, and expects a call that is open.
    if (refusal !== undefined) process.nextTick(() => call.sendStatus(refusal))
  }

  #end(call: OpenCall, status: CallStatus | undefined): void {
    this.#calls.delete(call)
    call.connection.calls.delete(call)
    if (call.isStream) this.#streams--
    if (status !== undefined) this.#options.onEnd(call, status)
  }
}

const leaving: CallStatus = {
  code: codes.UNAVAILABLE,
  details: 'this process is leaving; call again',
}

const tooMany: CallStatus = {
  code: codes.RESOURCE_EXHAUSTED,
  details: `there are ${maxStreams} streams already; end some, and call again`,
}

function giveUp(call: OpenCall, timeoutMs: number): void {
  call.sendStatus({
    code: codes.DEADLINE_EXCEEDED,
    details: `the message took over ${timeoutMs} ms; send the request again`,
  })
}
