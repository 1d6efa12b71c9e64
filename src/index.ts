/** What a service file imports from `changeover`. */
export type { ExplainOptions, Explanation, Prediction } from './engine/fasttext/index.ts'
export type {
  Example,
  GetOptions,
  PostOptions,
  PredictHandler,
  PredictOptions,
  PredictRequest,
  RouteHandler,
  RouteRequest,
  Routes,
  ServedModel,
  Service,
  ServiceOptions,
} from './worker/index.ts'
export { defineService, HttpError, type Reply, reply, type ReplyHeaders } from './worker/index.ts'
export { Type } from '#typebox'
