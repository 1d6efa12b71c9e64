import type { Static, TSchema } from '#typebox'

import type {
  DeployEvent,
  HistoryEntry,
  HistoryQuery,
  LogLevel,
  LogLevelSet,
  ModelVersions,
  Pruned,
  ReloadEvent,
  StackStatus,
  TriedText,
  VersionComparison,
} from '../contracts/index.ts'
import {
  ChangeoverError,
  CompareBody,
  defined,
  DeployBody,
  LoadBody,
  LogLevelBody,
  PruneBody,
  RollbackBody,
  TryBody,
  UnloadBody,
} from '../contracts/index.ts'
import type { TellText } from './exchange.ts'
import { beginLines, bodyReader, sendJson, sendText } from './exchange.ts'
import type { EventReader } from './follow-events.ts'
import { followEvents } from './follow-events.ts'
import type { ControlCaller, ControlRoute, ControlRoutes, Right } from './route.ts'

type ControlIdentity = ControlCaller['identity']

/** What the control API asks of the supervisor. */
export type ControlHandlers = {
  readonly status: () => Promise<StackStatus>
  readonly deploy: (body: DeployBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly load: (body: LoadBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly unload: (body: UnloadBody) => Promise<void>
  readonly rollback: (body: RollbackBody, emit: (event: DeployEvent) => void) => Promise<void>
  readonly reload: (emit: (event: ReloadEvent) => void, identity: ControlIdentity) => Promise<void>
  readonly logLevel: () => LogLevel
  /** Resolves to how many processes have it. */
  readonly setLogLevel: (level: LogLevel, identity: ControlIdentity) => Promise<number>
  readonly history: (query: HistoryQuery) => readonly HistoryEntry[]
  /** Sends a reader what happens from now on, until the function that is returned is called. */
  readonly follow: (reader: EventReader) => Promise<() => void>
  /** The metrics in a format that the header `accept` asks for. */
  readonly metrics: TellText
  readonly versions: (model: string) => Promise<ModelVersions>
  /** These are abandoned if the signal is aborted: the client has left. */
  readonly compare: (body: CompareBody, signal: AbortSignal) => Promise<VersionComparison>
  readonly tryText: (body: TryBody, signal: AbortSignal) => Promise<TriedText>
  /** Goes on if its client leaves. */
  readonly prune: (body: PruneBody) => Promise<Pruned>
  readonly stop: (identity: ControlIdentity) => void
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
    'GET /v1/events': {
      right: 'look',
      answer: ({ response, caller }) => followEvents(response, caller, follow),
    },
    'GET /v1/versions': look(({ searchParams }) => handlers.versions(searchParams.get('model') ?? '')),
    // What people said is told to those who may change things, and not to those who may only look.
    'POST /v1/compare': taskRoute('change', CompareBody, handlers.compare),
    'POST /v1/try': taskRoute('look', TryBody, handlers.tryText),
    'POST /v1/prune': taskRoute('change', PruneBody, handlers.prune),
    'POST /v1/deploy': rolloutRoute(DeployBody, deploy, refuseFiles),
    'POST /v1/load': rolloutRoute(LoadBody, load),
    'POST /v1/rollback': rolloutRoute(RollbackBody, rollback),
    'POST /v1/unload': change(async ({ request, response, caller }) => {
      await unload(asCaller(await readUnload(request), caller))
      sendJson(response, {})
    }),
    'POST /v1/reload': change(async ({ response, caller }) => {
      await reload(beginLines(response), caller.identity)
      response.end()
    }),
    'POST /v1/log-level': change(async ({ request, response, caller }) => {
      const { level } = await readLogLevel(request)
      const processes = await setLogLevel(level, caller.identity)
      sendJson(response, { level, processes } satisfies LogLevelSet)
    }),
    'POST /v1/stop': change(async ({ response, caller }) => {
      sendJson(response, { stopping: true })
      stop(caller.identity)
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
  check: (body: Static<Schema>, caller: ControlCaller) => void = () => undefined,
): ControlRoute {
  const readBody = bodyReader(schema)
  return change(async ({ request, response, caller }) => {
    const body = await readBody(request)
    check(body, caller)
    await run(asCaller(body, caller), beginLines(response))
    response.end()
  })
}

/** A path leads to a file of this machine, which who calls from another one may not read. Throws `not_allowed`. */
function refuseFiles({ target }: DeployBody, { identity }: ControlCaller): void {
  if (identity === undefined || !/\/|\.(?:bin|ftz)$/.test(target)) return
  throw new ChangeoverError(
    'not_allowed',
    `${target} is a file, and over TCP only a version in the store can be deployed; publish the file on the machine of the stack with \`changeover publish\`, then deploy its version`,
  )
}

/** Answers with what a task results in; a task that takes the signal is abandoned if the client leaves. */
function taskRoute<Schema extends TSchema>(
  right: Right,
  schema: Schema,
  run: (body: Static<Schema>, signal: AbortSignal) => Promise<unknown>,
): ControlRoute {
  const readBody = bodyReader(schema)
  return {
    right,
    answer: async ({ request, response, caller }) => {
      const body = await readBody(request)
      const leaving = new AbortController()
      response.once('close', () => leaving.abort())
      sendJson(response, await run(right === 'change' ? asCaller(body, caller) : body, leaving.signal))
    },
  }
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
