import type { Static, TSchema } from '#typebox'

import type {
  DeployEvent,
  HistoryEntry,
  HistoryQuery,
  LogLevel,
  LogLevelSet,
  ReloadEvent,
  StackStatus,
} from '../contracts/index.ts'
import {
  ChangeoverError,
  defined,
  DeployBody,
  LoadBody,
  LogLevelBody,
  RollbackBody,
  UnloadBody,
} from '../contracts/index.ts'
import type { TellText } from './exchange.ts'
import { beginLines, bodyReader, sendJson, sendText } from './exchange.ts'
import type { EventReader } from './follow-events.ts'
import { followEvents } from './follow-events.ts'
import type { ControlCaller, ControlRoute, ControlRoutes } from './route.ts'

/** What the control API asks of the supervisor. */
export type ControlHandlers = {
  readonly status: () => Promise<StackStatus>
  readonly deploy: (body: DeployBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly load: (body: LoadBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly unload: (body: UnloadBody) => Promise<void>
  readonly rollback: (body: RollbackBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly reload: (emit: (event: ReloadEvent) => void) => Promise<void>
  readonly logLevel: () => LogLevel
  /** Resolves to how many processes have it. */
  readonly setLogLevel: (level: LogLevel) => Promise<number>
  readonly history: (query: HistoryQuery) => readonly HistoryEntry[]
  /** Sends a reader what happens from now on, until the function that is returned is called. */
  readonly follow: (reader: EventReader) => Promise<() => void>
  /** The metrics in a format that the header `accept` asks for. */
  readonly metrics: TellText
  readonly stop: () => void
}

/** The history is read and written out at once, while the supervisor does nothing else. */
const historyLimits = { usualCount: 20, maxCount: 1_000 }

const readUnload = bodyReader(UnloadBody)
const readLogLevel = bodyReader(LogLevelBody)

/** Every route of the control API, with the right that it needs. */
export function createControlRoutes(handlers: ControlHandlers): ControlRoutes {
  const {
    status,
    deploy,
    load,
    unload,
    rollback,
    reload,
    logLevel,
    setLogLevel,
    history,
    follow,
    metrics,
    stop,
  } = handlers
  return {
    'GET /v1/status': look(status),
    'GET /v1/history': look(({ searchParams }) => history(readQuery(searchParams))),
    'GET /v1/log-level': look(() => ({ level: logLevel() })),
    'GET /metrics': { right: 'look', answer: (call) => sendText(call, metrics) },
    'GET /v1/events': { right: 'look', answer: ({ response }) => followEvents(response, follow) },
    'POST /v1/deploy': rolloutRoute(DeployBody, deploy),
    'POST /v1/load': rolloutRoute(LoadBody, load),
    'POST /v1/rollback': rolloutRoute(RollbackBody, rollback),
    'POST /v1/unload': change(async ({ request, response, caller }) => {
      await unload(asCaller(await readUnload(request), caller))
      sendJson(response, {})
    }),
    'POST /v1/reload': change(async ({ response }) => {
      await reload(beginLines(response))
      response.end()
    }),
    'POST /v1/log-level': change(async ({ request, response }) => {
      const { level } = await readLogLevel(request)
      sendJson(response, { level, processes: await setLogLevel(level) } satisfies LogLevelSet)
    }),
    'POST /v1/stop': change(async ({ response }) => {
      sendJson(response, { stopping: true })
      stop()
      return Promise.resolve()
    }),
  }
}

/** A route that tells something as JSON. */
function look(tell: (url: URL) => unknown): ControlRoute {
  return { right: 'look', answer: async ({ response, url }) => sendJson(response, await tell(url)) }
}

/** A route that changes something. */
function change(answer: ControlRoute['answer']): ControlRoute {
  return { right: 'change', answer }
}

/** Answers with one event a line, each as it happens; a rollout continues when its client disconnects. */
function rolloutRoute<Schema extends TSchema>(
  schema: Schema,
  run: (body: Static<Schema>, emit: (event: DeployEvent) => void) => Promise<void>,
): ControlRoute {
  const readBody = bodyReader(schema)
  return change(async ({ request, response, caller }) => {
    const body = await readBody(request)
    await run(asCaller(body, caller), beginLines(response))
    response.end()
  })
}

/** Who calls is what the server has found out, if it has; not what the body says. */
function asCaller<Body>(body: Body, { identity }: ControlCaller): Body {
  return { ...body, ...identity }
}

/** Throws `bad_request`. */
function readQuery(parameters: URLSearchParams): HistoryQuery {
  const { usualCount, maxCount } = historyLimits
  const count = parameters.get('count') ?? String(usualCount)
  if (!/^\d{1,9}$/.test(count) || Number(count) < 1 || Number(count) > maxCount)
    throw new ChangeoverError(
      'bad_request',
      `count is a number from 1 to ${maxCount}, not “${count}”; \`changeover history -n\` shows more than that`,
    )
  return { count: Number(count), ...defined({ model: parameters.get('model') ?? undefined }) }
}
