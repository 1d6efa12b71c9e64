import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'

import type { Static, TSchema } from '#typebox'
import { Compile } from '#typebox/compile'

import type { DeployEvent, HistoryEntry, HistoryQuery, ReloadEvent, StackStatus } from '../contracts/index.ts'
import {
  ChangeoverError,
  defined,
  DeployBody,
  errorStatus,
  LoadBody,
  problemDetails,
  RollbackBody,
  toErrorReport,
  UnloadBody,
} from '../contracts/index.ts'
import { listenOn } from '../run-folder/index.ts'

/** The handlers of the control API. */
export type ControlHandlers = {
  readonly status: () => Promise<StackStatus>
  readonly deploy: (body: DeployBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly load: (body: LoadBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly unload: (body: UnloadBody) => Promise<void>
  readonly rollback: (body: RollbackBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly reload: (emit: (event: ReloadEvent) => void) => Promise<void>
  readonly history: (query: HistoryQuery) => readonly HistoryEntry[]
  readonly stop: () => void
}

const bodyLimitBytes = 64 * 1024

/** The history is read and written out at once, while the supervisor does nothing else. */
const historyLimits = { usualCount: 20, maxCount: 1_000 }

const unloadBody = Compile(UnloadBody)

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The control API: HTTP on a Unix socket that only the user who started the stack can reach. */
export class ControlServer {
  readonly #socketPath: string
  readonly #server: Server

  constructor(socketPath: string, handlers: ControlHandlers) {
    this.#socketPath = socketPath
    const routes = createRoutes(handlers)
    this.#server = createServer((request, response) => {
      const [path] = (request.url ?? '').split('?', 1)
      const handler = routes[`${request.method ?? ''} ${path ?? ''}`]
      const answered =
        handler?.(request, response) ??
        Promise.reject(
          new ChangeoverError(
            'route_not_found',
            `the control API has no ${request.method ?? ''} ${request.url ?? ''}`,
          ),
        )
      answered.catch((error: unknown) => sendError(response, error))
    })
  }

  /** Throws `start_failed` if another process listens there. */
  start(): Promise<void> {
    return listenOn(this.#server, this.#socketPath)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

function createRoutes({
  status,
  deploy,
  load,
  unload,
  rollback,
  reload,
  history,
  stop,
}: ControlHandlers): Readonly<Record<string, Handler>> {
  return {
    'GET /v1/status': async (_request, response) => sendJson(response, await status()),
    'POST /v1/deploy': streamEvents(DeployBody, deploy),
    'POST /v1/load': streamEvents(LoadBody, load),
    'POST /v1/unload': async (request, response) => {
      const body = await readJson(request)
      if (!unloadBody.Check(body)) throw unfit()
      await unload(body)
      sendJson(response, {})
    },
    'POST /v1/rollback': streamEvents(RollbackBody, rollback),
    'POST /v1/reload': async (_request, response) => {
      beginEvents(response)
      await reload((event) => void response.write(`${JSON.stringify(event)}\n`))
      response.end()
    },
    'GET /v1/history': async (request, response) => {
      sendJson(response, history(readHistoryQuery(request.url ?? '')))
      return Promise.resolve()
    },
    'POST /v1/stop': async (_request, response) => {
      sendJson(response, { stopping: true })
      stop()
      return Promise.resolve()
    },
  }
}

/** Throws `bad_request`. */
function readHistoryQuery(url: string): HistoryQuery {
  const { usualCount, maxCount } = historyLimits
  const { searchParams } = new URL(url, 'http://localhost')
  const count = searchParams.get('count') ?? String(usualCount)
  if (!/^\d{1,9}$/.test(count) || Number(count) < 1 || Number(count) > maxCount)
    throw new ChangeoverError(
      'bad_request',
      `count is a number from 1 to ${maxCount}, not “${count}”; \`changeover history -n\` shows more than that`,
    )
  return { count: Number(count), ...defined({ model: searchParams.get('model') ?? undefined }) }
}

/** Answers with one JSON event a line, each as it happens; a rollout continues when its client disconnects. */
function streamEvents<Schema extends TSchema>(
  schema: Schema,
  run: (body: Static<Schema>, emit: (event: DeployEvent) => void) => Promise<void>,
): Handler {
  const validator = Compile(schema)
  return async (request, response) => {
    const body = await readJson(request)
    if (!validator.Check(body)) throw unfit()
    beginEvents(response)
    await run(body, (event) => void response.write(`${JSON.stringify(event)}\n`))
    response.end()
  }
}

function unfit(): ChangeoverError {
  return new ChangeoverError('bad_body', 'the body does not fit this part of the control API')
}

/** At once, since the first event may take its time. */
function beginEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > bodyLimitBytes)
      throw new ChangeoverError('body_too_large', `the body is over ${bodyLimitBytes} characters`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ChangeoverError('bad_json', 'the body is not JSON', { cause: error })
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function sendError(response: ServerResponse, error: unknown): void {
  const report = toErrorReport(error)
  if (!response.headersSent)
    response.writeHead(errorStatus[report.code], { 'content-type': 'application/problem+json' })
  response.end(problemDetails(report))
}
