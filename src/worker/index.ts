/** One worker process: the user's services over the versions that it is told to serve. */
export { documentationRoutes } from './documentation/documentation-routes.ts'
export { writeDocument } from './documentation/write-document.ts'
export { type ServableModel, ServedModels } from './served-models.ts'
export type {
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
} from './service/define-service.ts'
export { defineService } from './service/define-service.ts'
export { renderHomePage } from './service/home-page.ts'
export { HttpError, type Reply, reply, type ReplyHeaders } from './service/reply.ts'
export type { DeclaredRoute } from './service/route-types.ts'
export { ServiceHost } from './service/service-host.ts'
export { summarizeRoutes } from './service/summarize-routes.ts'
export { Worker } from './worker.ts'
