/** What a service file imports from `changeover`. */
export { Type } from 'typebox'
export { defineService } from '../instance/index.ts'
export type {
  RouteHandler,
  RouteOptions,
  RouteRequest,
  Routes,
  ServedModel,
  Service,
  ServiceOptions,
} from '../instance/index.ts'
export type { Prediction } from '../fasttext/index.ts'
