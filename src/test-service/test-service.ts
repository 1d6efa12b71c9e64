import { ConfigSchema } from '../config/schema/index.ts'
import type { Log } from '../contracts/index.ts'
import { ChangeoverError, showControlsByLine } from '../contracts/index.ts'
import type { Answer } from '../http/index.ts'
import { answerHealthCheck, checkBodySize, problemAnswer } from '../http/index.ts'
import type { Service } from '../worker/index.ts'
import { renderHomePage, ServedModels, ServiceHost, summarizeRoutes } from '../worker/index.ts'
import type { TestRequest } from './messages.ts'
import { readRequest, toResponse } from './messages.ts'
import type { TestModel } from './open-test-model.ts'
import { openTestModel } from './open-test-model.ts'

/** The models by their names, as the routes ask for them: files, or functions in their place. */
export type TestModels = Readonly<Record<string, TestModel>>

/** A service in a test. */
export type TestedService = {
  /**
   * Sends a request to a path, with the options of `fetch`; a body that is an object or an array is sent as JSON. Rejects only as
   * `fetch` does for a request that cannot be made, and after `close`; what the service throws is an answer, and is printed.
   */
  readonly request: (path: string, request?: TestRequest) => Promise<Response>
  /** Releases the models. */
  readonly close: () => Promise<void>
}

const { default: bodyLimitBytes } = ConfigSchema.properties.bodyLimitBytes as { default?: number }

/**
 * Runs a service in a test, without a server, ports or processes: a request goes through what a worker answers it with, from the
 * checks of its body to the headers of its answer. Rejects as publishing does if the file of a model cannot be served.
 */
export function testService(service: Service, models: TestModels = {}): Promise<TestedService> {
  return new Promise((resolve) => resolve(openService(service, models)))
}

function openService(service: Service, testModels: TestModels): TestedService {
  const models = openModels(testModels)
  const limits = { bodyLimitBytes: bodyLimitBytes ?? Infinity }
  const startedAtMs = Date.now()
  const host = new ServiceHost({
    ...limits,
    service,
    protocols: [],
    checkAnswers: true,
    models,
    log: print,
    homePage: () =>
      renderHomePage({
        instance: 'primary',
        pid: process.pid,
        startedAtMs,
        served: models.current.served,
        routes: summarizeRoutes(service.routes, []),
      }),
  })
  let isClosed = false

  const answer = async (path: string, init: TestRequest): Promise<Response> => {
    if (isClosed) throw new Error('this service is closed: it was asked after close()')
    const request = await readRequest(path, init)
    const isHead = request.method === 'HEAD'
    const health = answerHealthCheck(request, true)
    if (health !== undefined) return toResponse(health, isHead)
    const refused = refuseSize(request.body.length, limits)
    return toResponse(refused ?? (await host.handle(request)), isHead)
  }
  return {
    request: (path, init = {}) => answer(path, init),
    close: () => {
      isClosed = true
      for (const { model } of models.current.served) models.remove(model)
      return Promise.resolve()
    },
  }
}

/** If one cannot be opened, none stays in memory. */
function openModels(testModels: TestModels): ServedModels {
  const models = new ServedModels()
  try {
    for (const [name, model] of Object.entries(testModels))
      models.activate(openTestModel(name, model), Date.now())
    return models
  } catch (error) {
    for (const { model } of models.current.served) models.remove(model)
    throw error
  }
}

function refuseSize(sizeBytes: number, limits: { readonly bodyLimitBytes: number }): Answer | undefined {
  try {
    checkBodySize(sizeBytes, limits)
    return undefined
  } catch (error) {
    if (error instanceof ChangeoverError) return problemAnswer(error)
    throw error
  }
}

/** Where the runner of the tests shows it: the answer to a caller does not say why a service failed. */
const print: Log = (level, message) => {
  console.error(`${level}: ${showControlsByLine(message)}`)
}
