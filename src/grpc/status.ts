import type { StatusObject } from '@grpc/grpc-js'
import { Metadata, status as codes } from '@grpc/grpc-js'

import type { ErrorReport } from '../contracts/index.ts'
import type { Answer, HeaderBlock } from '../http/index.ts'
import { findHeader, problemAnswer, splitHeaders } from '../http/index.ts'

/** How a call ends that is not answered. */
export type CallError = Pick<StatusObject, 'code' | 'details' | 'metadata'>

/** Those that end in `-bin` have bytes as values, which headers have not. */
const metadataName = /^x-[0-9a-z_.-]+(?<!-bin)$/
const metadataValue = /^[ -~]*$/

/** 502 says that nobody knows whether the request was carried out: `UNAVAILABLE` would have clients send it again. */
const codeOf: Readonly<Record<number, codes>> = {
  401: codes.UNAUTHENTICATED,
  403: codes.PERMISSION_DENIED,
  404: codes.NOT_FOUND,
  405: codes.UNIMPLEMENTED,
  408: codes.DEADLINE_EXCEEDED,
  409: codes.FAILED_PRECONDITION,
  413: codes.RESOURCE_EXHAUSTED,
  429: codes.RESOURCE_EXHAUSTED,
  431: codes.RESOURCE_EXHAUSTED,
  501: codes.UNIMPLEMENTED,
  502: codes.UNKNOWN,
  503: codes.UNAVAILABLE,
  504: codes.DEADLINE_EXCEEDED,
}

/** Of a message, each byte that is not ASCII takes 3. Clients refuse answers with over 8 KiB of headers: then nobody reads why. */
const maxDetailsBytes = 4_096

/** The statuses of HTTP that stand for those of gRPC in the access log, as google.rpc.Code maps them. */
const httpStatusOf: Readonly<Record<codes, number>> = {
  [codes.OK]: 200,
  [codes.CANCELLED]: 499,
  [codes.UNKNOWN]: 500,
  [codes.INVALID_ARGUMENT]: 400,
  [codes.DEADLINE_EXCEEDED]: 504,
  [codes.NOT_FOUND]: 404,
  [codes.ALREADY_EXISTS]: 409,
  [codes.PERMISSION_DENIED]: 403,
  [codes.RESOURCE_EXHAUSTED]: 429,
  [codes.FAILED_PRECONDITION]: 400,
  [codes.ABORTED]: 409,
  [codes.OUT_OF_RANGE]: 400,
  [codes.UNIMPLEMENTED]: 501,
  [codes.INTERNAL]: 500,
  [codes.UNAVAILABLE]: 503,
  [codes.DATA_LOSS]: 500,
  [codes.UNAUTHENTICATED]: 401,
}

export function httpStatus(code: codes): number {
  return httpStatusOf[code]
}

/** How a call ends whose request is answered with an error over REST; `Retry-After` becomes `grpc-retry-pushback-ms`. */
export function toCallError({ status, headers, body }: Answer): CallError {
  const usual = status >= 400 && status < 500 ? codes.INVALID_ARGUMENT : codes.INTERNAL
  return {
    code: codeOf[status] ?? usual,
    details: shorten(readMessage(body.toString())),
    metadata: errorMetadata(headers),
  }
}

/** An error of our own as the end of a call. */
export function reportError(error: ErrorReport): CallError {
  return toCallError(problemAnswer(error))
}

/** The headers of an answer that are for whoever called; without those that the protocol has no form for. */
export function answerMetadata(headers: HeaderBlock): Metadata {
  const metadata = new Metadata()
  const list = splitHeaders(headers)
  list.forEach((name, i) => {
    const value = list[i + 1] ?? ''
    if (i % 2 === 0 && metadataName.test(name) && metadataValue.test(value)) metadata.add(name, value)
  })
  return metadata
}

/** `{"error": "…"}` of V2, the detail of RFC 9457, or the text as it is. */
function readMessage(text: string): string {
  try {
    const { error, detail } = JSON.parse(text) as { readonly error?: unknown; readonly detail?: unknown }
    const message = error ?? detail
    return typeof message === 'string' ? message : text
  } catch {
    return text
  }
}

/** As much of a message as can be sent. What is not well formed cannot: half of a character may be the client's. */
function shorten(message: string): string {
  const text = Buffer.from(message.slice(0, maxDetailsBytes + 1)).toString()
  let sentBytes = 0
  let end = 0
  for (const character of text) {
    sentBytes += encodeURI(character).length
    if (sentBytes > maxDetailsBytes) return `${text.slice(0, end)}…`
    end += character.length
  }
  return text
}

function errorMetadata(headers: HeaderBlock): Metadata {
  const metadata = answerMetadata(headers)
  const retryAfter = findHeader(headers, 'retry-after')
  const seconds = Number(retryAfter)
  if (retryAfter !== undefined && Number.isFinite(seconds))
    metadata.set('grpc-retry-pushback-ms', String(Math.round(seconds * 1_000)))
  return metadata
}
