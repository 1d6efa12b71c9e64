/** What a service file imports from `changeover`. */
export { Type } from '#typebox'
export { defineService } from './worker/index.ts'
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
export type { Prediction } from './engine/fasttext/index.ts'
