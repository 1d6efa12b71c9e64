import type { Repeat } from '../contracts/index.ts'
import type { ExplainOptions, Explanation, Prediction } from '../engine/fasttext/index.ts'
import type { Operation } from '../openapi/index.ts'

/** A model as a protocol asks it: raw texts go in. */
export type AskedModel = {
  readonly version: string
  readonly labelCount: number
  readonly predict: (text: string, k?: number, threshold?: number) => Prediction[]
  readonly explain: (text: string, options?: ExplainOptions) => Explanation[]
}

/** The names of the models that are served, and of which versions if that is known. */
export type Served = readonly { readonly model: string; readonly version?: string }[]

/** The models that a process serves. */
export type AskedModels = {
  readonly served: readonly { readonly model: string; readonly version: string }[]
  /** Throws `model_unknown`. */
  readonly model: (name: string) => AskedModel
}

export type ProtocolRequest = {
  readonly url: string
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** The value of a header, by its name in lower case. */
  readonly header: (name: string) => string | undefined
  readonly models: AskedModels
}

export type ProtocolAnswer = {
  readonly status: number
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: string | Buffer
}

/** Work that may be paused wherever it yields, so that a large request does not hold up small ones. */
export type Work<Result> = Generator<undefined, Result>

/** A route of a protocol that the program speaks by itself, beside those of the service. */
export type ProtocolRoute = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly repeat: Repeat
  readonly answer: (request: ProtocolRequest) => ProtocolAnswer | Work<ProtocolAnswer>
  /** An error in the form that the protocol's clients read. */
  readonly answerError: (status: number, message: string) => ProtocolAnswer
  /** What the OpenAPI document says of it, if these models are served. */
  readonly operations: (served: Served) => readonly Operation[]
}

/** The headers of an answer in JSON, always this same list. */
export const jsonHeaders: readonly string[] = ['content-type', 'application/json']

export function jsonAnswer(value: unknown, status = 200): ProtocolAnswer {
  return jsonTextAnswer(JSON.stringify(value), status)
}

/** Of JSON that is written already. */
export function jsonTextAnswer(body: string, status = 200): ProtocolAnswer {
  return { status, headers: jsonHeaders, body }
}
