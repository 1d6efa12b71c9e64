import type { RouteTypes } from '../contracts/index.ts'
import type { Explanation, Prediction } from '../engine/fasttext/index.ts'
import type { CallOptions } from './call-options.ts'
import type { Result } from './result.ts'
import type { RouteCalls } from './route-calls.ts'

/** A client of a service and of the models behind it. */
export type Client<Types extends RouteTypes = RouteTypes> = {
  readonly routes: RouteCalls<Types>
  /** The labels of a text, best first, or of each of several texts. */
  readonly predict: {
    (model: string, text: string, call?: PredictCall): Promise<Result<Prediction[]>>
    (model: string, texts: readonly string[], call?: PredictCall): Promise<Result<Prediction[][]>>
  }
  /** Why a text has its labels, or each of several texts. */
  readonly explain: {
    (model: string, text: string, call?: ExplainCall): Promise<Result<Explanation[]>>
    (model: string, texts: readonly string[], call?: ExplainCall): Promise<Result<Explanation[][]>>
  }
  /** An inference request of the Open Inference Protocol, version 2. */
  readonly infer: (model: string, request: InferRequest, call?: ModelCall) => Promise<Result<InferResponse>>
  /** Sends any request, and reads the answer as text. */
  readonly send: (method: 'GET' | 'POST', path: string, call?: SendCall) => Promise<Result<string>>
}

export type ModelCall = CallOptions & {
  /** Refuse to be answered by another version than this one. */
  readonly version?: string | undefined
}

export type PredictCall = ModelCall & {
  /** How many labels of each text, -1 for all. Default: 1. */
  readonly k?: number | undefined
  /** Leave out labels of a lower probability. */
  readonly threshold?: number | undefined
}

export type ExplainCall = ModelCall & {
  /** Explain so many of the best labels. Default: 1. */
  readonly k?: number | undefined
  /** Explain these labels instead. */
  readonly labels?: readonly string[] | undefined
  /** List so many contributions of each score. Default: all. */
  readonly limit?: number | undefined
}

export type SendCall = CallOptions & {
  readonly body?: string | undefined
  /** Whether it may be carried out more than once. Default: only a GET. */
  readonly retry?: boolean | undefined
}

type Parameters = Readonly<Record<string, unknown>>

export type InferInput = {
  readonly name: string
  readonly shape: readonly number[]
  readonly datatype: string
  readonly parameters?: Parameters
  readonly data: readonly unknown[]
}

export type InferRequest = {
  readonly id?: string
  readonly parameters?: Parameters
  readonly inputs: readonly InferInput[]
  readonly outputs?: readonly { readonly name: string; readonly parameters?: Parameters }[]
}

export type InferOutput = {
  readonly name: string
  readonly shape: number[]
  readonly datatype: string
  readonly data: (string | number)[]
}

export type InferResponse = {
  readonly model_name: string
  readonly model_version: string
  readonly id?: string
  readonly outputs: InferOutput[]
}
