import type { Answer, StreamedAnswer } from './answer/answer.ts'
import type { Caller } from './caller/caller-finder.ts'
import type { RequestHead } from './request/request-head.ts'

/** A complete request. */
export type HttpRequest = {
  readonly method: string
  readonly url: string
  readonly headers: string
  readonly body: Buffer
  /** Names the request in its answer, in logs and to the service; the client's, or a new one. */
  readonly id: string
  readonly caller: Caller
  readonly client: Client
}

/** The client that waits for an answer. One that has only closed its own side of the connection still waits. */
export type Client = { readonly isGone: boolean }

/** Answers a request. Called a second time, or after the client has left, it does nothing. */
export type Respond = (answer: Answer | StreamedAnswer) => void

export type OnRequest = (request: HttpRequest, respond: Respond) => void

/** An answer that is on its way to its client. */
export type Answered = {
  /** Undefined if what was received was not a request. */
  readonly head:
    | (Pick<RequestHead, 'method' | 'url' | 'headers' | 'isOldVersion'> & { readonly isHttp2?: true })
    | undefined
  readonly id: string
  readonly caller: Caller
  readonly status: number
  readonly bodyBytes: number
  /** From when the whole request was there until the answer was on its way. */
  readonly durationMs: number
}

export type OnAnswered = (answered: Answered) => void
