/** What a service file imports from `changeover`, or what the types of its exports consist of. */
export type { RouteTypes } from './contracts/index.ts'
export type { ExplainOptions, Explanation, Prediction } from './engine/fasttext/index.ts'
export type {
  DeclaredRoute,
  Example,
  GetOptions,
  PathTexts,
  PostOptions,
  PredictHandler,
  PredictOptions,
  PredictRequest,
  QueryTexts,
  RouteHandler,
  RouteRequest,
  Routes,
  ServedModel,
  Service,
  ServiceOptions,
} from './worker/index.ts'
export { defineService, HttpError, type Reply, reply, type ReplyHeaders } from './worker/index.ts'
export { Type } from '#typebox'
