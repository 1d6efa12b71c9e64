import type { sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js'

import type { ErrorReport } from '../../contracts/index.ts'
import { ChangeoverError, toErrorReport } from '../../contracts/index.ts'
import { smallBytes } from '../../http/index.ts'
import type { Readers, Received } from '../calls/measured-service.ts'
import type { ControlRequest } from '../infer/read-infer-request.ts'
import { readControlRequest, readInferRequest } from '../infer/read-infer-request.ts'
import { toResponse } from '../infer/to-response.ts'
import type { RestInfer } from '../infer/to-rest-request.ts'
import { toRestRequest } from '../infer/to-rest-request.ts'
import { modelPath } from '../model-path.ts'
import { answerMetadata, reportError, toCallError } from '../status.ts'
import type { Ask, RestAnswer, RestRequest, UnaryCall } from './ask.ts'

type Reply = sendUnaryData<unknown>
type Named = { readonly name: string; readonly version: string }

/** An inference as it is kept until it is answered. */
type InferCall = { readonly rest: RestInfer } | { readonly error: ErrorReport }

type ControlCall = ControlRequest | { readonly error: ErrorReport }

const outOfMemory: ErrorReport = {
  code: 'overloaded',
  message: 'clients hold too much memory at the moment; try again in a second',
}

const jsonType = ['content-type', 'application/json']

const readControl = (bytes: Buffer): Received => ({
  message: orError(() => readControlRequest(bytes)),
  sizeBytes: bytes.length,
})

export const repositoryReaders: Readers = {
  RepositoryModelLoad: readControl,
  RepositoryModelUnload: readControl,
}

/** Reads an inference into the one over REST at once, so that only one of them is kept. */
export const inferenceReaders: Readers = {
  ...repositoryReaders,
  ModelInfer: (bytes): Received => {
    const message = readInfer(bytes)
    return { message, sizeBytes: 'rest' in message ? message.rest.body.length : bytes.length }
  },
}

function readInfer(bytes: Buffer): InferCall {
  return orError(() => ({ rest: toRestRequest(readInferRequest(bytes)) }))
}

/** Throws for what is no message at all: the library ends the call. */
function orError<Value>(read: () => Value): Value | { readonly error: ErrorReport } {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChangeoverError) return { error: toErrorReport(error) }
    throw error
  }
}

/** `inference.GRPCInferenceService`: each call is a request of V2 over REST, and goes where that would. */
export function inferenceService(ask: Ask, isOutOfMemory: () => boolean): UntypedServiceImplementation {
  const askFor = (
    call: UnaryCall,
    reply: Reply,
    request: RestRequest,
    read: (body: never) => unknown,
  ): void =>
    ask(call, request, (answer) =>
      settle(call, reply, answer, ({ body }) => read(JSON.parse(body.toString()) as never)),
    )
  return {
    ServerLive: (call: UnaryCall, reply: Reply) =>
      ask(call, { method: 'GET', url: '/v2/health/live' }, ({ status }) =>
        reply(null, { live: status === 200 }),
      ),
    ServerReady: (call: UnaryCall, reply: Reply) =>
      ask(call, { method: 'GET', url: '/v2/health/ready' }, ({ status }) =>
        reply(null, { ready: status === 200 }),
      ),
    ModelReady: (call: UnaryCall, reply: Reply) =>
      withModel(call, reply, '/ready', (request) =>
        ask(call, request, (answer) => {
          // As Triton does: what there is not is not ready, and that is no error.
          if (answer.status === 200 || answer.status === 404) reply(null, { ready: answer.status === 200 })
          else reply(toCallError(answer))
        }),
      ),
    ServerMetadata: (call: UnaryCall, reply: Reply) =>
      askFor(call, reply, { method: 'GET', url: '/v2' }, (server) => server),
    ModelMetadata: (call: UnaryCall, reply: Reply) =>
      withModel(call, reply, '', (request) => askFor(call, reply, request, (model) => model)),
    ModelInfer: (call: UnaryCall, reply: Reply) => {
      const received = call.request as InferCall
      if ('error' in received) reply(reportError(received.error))
      else if (isOutOfMemory() && received.rest.body.length > smallBytes) reply(reportError(outOfMemory))
      else infer(ask, call, reply, received.rest)
    },
    ...repositoryService(ask),
  }
}

/** The calls for the repository of models: of Triton's extension, and of MLServer's `ModelRepositoryService`. */
export function repositoryService(ask: Ask): UntypedServiceImplementation {
  return {
    RepositoryIndex: (call: UnaryCall, reply: Reply) => {
      const { ready } = call.request as { readonly ready: boolean }
      const request: RestRequest = {
        method: 'POST',
        url: '/v2/repository/index',
        headers: jsonType,
        body: Buffer.from(JSON.stringify({ ready })),
      }
      ask(call, request, (answer) =>
        settle(call, reply, answer, ({ body }) => ({ models: JSON.parse(body.toString()) as unknown })),
      )
    },
    RepositoryModelLoad: control(ask, 'load'),
    RepositoryModelUnload: control(ask, 'unload'),
  }
}

function control(ask: Ask, action: 'load' | 'unload') {
  return (call: UnaryCall, reply: Reply): void => {
    const received = call.request as ControlCall
    if ('error' in received) {
      reply(reportError(received.error))
      return
    }
    const { model, parameters } = received
    if (model === '') reply(reportError({ code: 'bad_body', message: 'the request names no model' }))
    else
      ask(
        call,
        {
          method: 'POST',
          url: `/v2/repository/models/${encodeURIComponent(model)}/${action}`,
          headers: jsonType,
          body: Buffer.from(JSON.stringify({ parameters })),
        },
        (answer) => settle(call, reply, answer, () => ({})),
      )
  }
}

function infer(ask: Ask, call: UnaryCall, reply: Reply, { url, headLength, body }: RestInfer): void {
  const headers = [
    ...['content-type', 'application/octet-stream'],
    ...['content-length', String(body.length)],
    ...['inference-header-content-length', String(headLength)],
  ]
  ask(call, { method: 'POST', url, headers, body }, (answer) =>
    settle(call, reply, answer, () => toResponse(answer.headers, answer.body)),
  )
}

function withModel(call: UnaryCall, reply: Reply, end: string, act: (request: RestRequest) => void): void {
  const { name, version } = call.request as Named
  try {
    act({ method: 'GET', url: modelPath(name, version) + end })
  } catch (error) {
    reply(reportError(toErrorReport(error)))
  }
}

/** Answers a call with what was read of the answer over REST, or with its error. */
function settle(
  call: UnaryCall,
  reply: Reply,
  answer: RestAnswer,
  read: (answer: RestAnswer) => unknown,
): void {
  if (answer.status !== 200) {
    reply(toCallError(answer))
    return
  }
  let message: unknown
  try {
    message = read(answer)
  } catch (error) {
    reply(reportError(toErrorReport(error)))
    return
  }
  call.sendMetadata(answerMetadata(answer.headers))
  reply(null, message)
}
