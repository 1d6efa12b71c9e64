/** What a service file imports from `changeover`. */
export { Type } from 'typebox'
export { defineService } from '../instance/index.ts'
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
} from '../instance/index.ts'
export type { Prediction } from '../fasttext/index.ts'
