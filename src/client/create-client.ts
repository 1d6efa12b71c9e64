import type { RouteTypes } from '../contracts/index.ts'
import type { CallOptions, ClientOptions } from './call-options.ts'
import { Caller } from './caller.ts'
import type { Client, SendCall } from './client.ts'
import type { QueryValue } from './fill-path.ts'
import { fillPath, formatQuery } from './fill-path.ts'
import { createModelCalls } from './model-calls.ts'
import type { Result } from './result.ts'
import type { TypesOf } from './route-calls.ts'

type Method = 'GET' | 'POST'

/** What a call of a route may have; which of it a route needs, its types say. */
type RouteCall = CallOptions & {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly body?: unknown
  readonly retry?: boolean
}

/** A service, or `typeof` one. */
type TypedService = { readonly '~types'?: RouteTypes }

/**
 * A client of the service at `url`. `createClient<typeof service>('http://127.0.0.1:8086')` knows its routes, by
 * `import type service from './service.ts'`, if they are returned from the callback of `defineService`; without a type it takes
 * any. In a page `url` may also be a path, such as `/api`, or empty. Throws a TypeError for a URL or an option that cannot be.
 */
export function createClient<Service extends TypedService = TypedService>(
  url: string | URL,
  options: ClientOptions = {},
): Client<TypesOf<Service>> {
  const caller = new Caller(url, options)
  const callRoute =
    (method: Method, isRepeatable: boolean) =>
    async (path: string, { params, query, body, retry, ...call }: RouteCall = {}): Promise<Result> =>
      caller.call(
        {
          ...call,
          method,
          path: fillPath(path, params) + formatQuery(query),
          body: method === 'GET' ? undefined : JSON.stringify(body),
          isRepeatable: retry ?? isRepeatable,
        },
        (answer) => answer,
      )
  const client: Client = {
    routes: {
      predict: callRoute('POST', true),
      post: callRoute('POST', false),
      get: callRoute('GET', true),
    },
    ...createModelCalls(caller),
    send: async (method: Method, path: string, { retry, body, ...call }: SendCall = {}) =>
      caller.send({ ...call, method, path, body, isRepeatable: retry ?? method === 'GET' }),
  }
  return client as unknown as Client<TypesOf<Service>>
}
