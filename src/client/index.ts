/**
 * A client of a service, for programs and pages: what `changeover/client` exports. It needs `fetch`, `AbortController` and timers,
 * and imports nothing, so that it runs as it is in Node, browsers, Deno and Bun.
 */
export type { CallOptions, ClientOptions } from './call-options.ts'
export type {
  Client,
  ExplainCall,
  InferInput,
  InferOutput,
  InferRequest,
  InferResponse,
  ModelCall,
  PredictCall,
  SendCall,
} from './client.ts'
export { ClientError, type ProblemDetails } from './client-error.ts'
export { createClient } from './create-client.ts'
export type { Fetch, FetchRequest, FetchResponse } from './fetch.ts'
export type { Result, Versions } from './result.ts'
export type { RouteCalls } from './route-calls.ts'
