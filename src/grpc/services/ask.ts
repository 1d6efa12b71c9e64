import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js'

import type { ErrorReport } from '../../contracts/index.ts'
import { ChangeoverError, toErrorReport } from '../../contracts/index.ts'
import type { Answer, Client, OnRequest, StreamedAnswer } from '../../http/index.ts'
import { joinHeaders, problemAnswer } from '../../http/index.ts'
import type { CallOrigin } from '../calls/call-origin.ts'

/** A request of the protocol over REST. */
export type RestRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Names and values in turn, beside those of the call. */
  readonly headers?: readonly string[]
  readonly body?: Buffer
}

export type UnaryCall = ServerUnaryCall<unknown, unknown>

/** A whole answer over REST. */
export type RestAnswer = Omit<Answer, 'body'> & { readonly body: Buffer }

/** Gets the request that a call makes over REST answered; `done` is called once, and not after the client has left. */
export type Ask = (call: UnaryCall, request: RestRequest, done: (answer: RestAnswer) => void) => void

export type AskOptions = {
  readonly onRequest: OnRequest
  readonly originOf: (metadata: Metadata) => CallOrigin
  /** Headers and a path that are longer together are refused as over HTTP. */
  readonly headLimitBytes: number
}

/** Makes the function that asks as if a call had been made over REST. */
export function createAsk({ onRequest, originOf, headLimitBytes }: AskOptions): Ask {
  return (call, { method, url, headers = [], body = Buffer.alloc(0) }, done) => {
    const { headers: own, id, caller } = originOf(call.metadata)
    const block = joinHeaders([...['host', call.getHost()], ...own, ...headers])
    if (url.length + block.length > headLimitBytes) {
      done(whole(problemAnswer(headTooLarge(headLimitBytes))))
      return
    }
    onRequest({ method, url, headers: block, body, id, caller, client: clientOf(call) }, (answer) =>
      done(whole(answer)),
    )
  }
}

function headTooLarge(limitBytes: number): ErrorReport {
  const message = `the metadata and the name of the model have over ${limitBytes} bytes; send less, or raise http.headLimitBytes`
  return { code: 'headers_too_large', message }
}

function clientOf(call: UnaryCall): Client {
  return {
    get isGone() {
      return call.cancelled
    },
  }
}

function whole(answer: Answer | StreamedAnswer): RestAnswer {
  const { status, headers, body } = answer
  if (Buffer.isBuffer(body)) return { status, headers, body }
  if (typeof body === 'string') return { status, headers, body: Buffer.from(body) }
  body.destroy()
  return whole(
    problemAnswer(
      toErrorReport(new ChangeoverError('service_failed', 'the answer is a file; ask over HTTP')),
    ),
  )
}
