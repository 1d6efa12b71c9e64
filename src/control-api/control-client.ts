import type { ClientRequest, IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline/promises'

import type {
  DeployBody,
  DeployEvent,
  HistoryEntry,
  HistoryQuery,
  LoadBody,
  LogLevelBody,
  LogLevelSet,
  ReloadEvent,
  RollbackBody,
  StackStatus,
  StreamEvent,
  UnloadBody,
} from '../contracts/index.ts'
import { ChangeoverError, parseProblem } from '../contracts/index.ts'
import { checkSocket, currentUserId, findOwner, isStopped } from '../run-folder/index.ts'

/**
 * A client of the supervisor of a data folder. Every call throws `not_running` if there is none, `timed_out` if it does
 * not begin to answer, and `run_folder_unusable` if its socket is another user's.
 */
export type ControlClient = {
  readonly status: () => Promise<StackStatus>
  readonly deploy: (body: DeployBody) => AsyncIterable<DeployEvent>
  readonly load: (body: LoadBody) => AsyncIterable<DeployEvent>
  readonly unload: (body: UnloadBody) => Promise<void>
  readonly rollback: (body: RollbackBody) => AsyncIterable<DeployEvent>
  readonly reload: () => AsyncIterable<ReloadEvent>
  /** The latest of the store's history, oldest first: 20 entries unless a count is given. */
  readonly history: (query?: Partial<HistoryQuery>) => Promise<HistoryEntry[]>
  /** What happens, from a snapshot on, until the supervisor stops or `signal` is aborted. `onBytes` is called whenever some of it comes, also in the middle of a line. */
  readonly events: (signal?: AbortSignal, onBytes?: () => void) => AsyncIterable<StreamEvent>
  readonly logLevel: () => Promise<LogLevelBody>
  readonly setLogLevel: (body: LogLevelBody) => Promise<LogLevelSet>
  readonly stop: () => Promise<void>
}

export type ControlClientOptions = {
  /** Whose the supervisor may be; this user's unless given. */
  readonly ownerIds?: readonly number[]
  readonly answerTimeoutMs?: number
}

const defaultAnswerTimeoutMs = 10_000

/** A client on the Unix socket of a stack on this machine. */
export function createControlClient(socketPath: string, options: ControlClientOptions = {}): ControlClient {
  const { ownerIds = [currentUserId()], answerTimeoutMs = defaultAnswerTimeoutMs } = options
  return clientOf((method, path, body, signal) => {
    checkSocket(socketPath, ownerIds)
    return exchange({
      // A connection of its own: one that was kept may have been closed by the other side meanwhile.
      open: (onAnswer) => request({ socketPath, method, path, agent: false }, onAnswer),
      body,
      signal,
      answerTimeoutMs,
      describeSilence: () => describeSilence(socketPath, answerTimeoutMs),
      describeFailure: () => `no supervisor answers on ${socketPath}: start one with \`changeover up\``,
    })
  })
}

/** Sends one request; resolves to its answer, of whichever status. When the signal is aborted, the request is given up. */
type Send = (
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
) => Promise<IncomingMessage>

/** A client over any way to send a request. */
export function clientOf(send: Send): ControlClient {
  const call: Send = async (...args) => {
    const response = await send(...args)
    if (response.statusCode === 200) return response
    throw parseProblem(await readText(response))
  }
  async function* lines<Line>(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    onBytes?: () => void,
  ): AsyncGenerator<Line> {
    const response = await call(method, path, body, signal).catch((error: unknown) => {
      // Whoever leaves before the answer has begun is told nothing, as one who leaves later.
      if (signal?.aborted === true) return undefined
      throw error
    })
    if (response === undefined) return
    const input = createInterface({ input: response })
    if (onBytes !== undefined) response.on('data', onBytes)
    // A connection that breaks off has no end, and the lines would be waited for in vain.
    response.once('close', () => input.close())
    const leave = (): void => void response.destroy()
    signal?.addEventListener('abort', leave)
    if (signal?.aborted === true) leave()
    try {
      for await (const line of input) yield JSON.parse(line) as Line
    } finally {
      signal?.removeEventListener('abort', leave)
      // Whoever reads no further: the other side is to send no more.
      leave()
    }
  }
  return {
    status: async () => JSON.parse(await readText(await call('GET', '/v1/status'))) as StackStatus,
    deploy: (body) => lines<DeployEvent>('POST', '/v1/deploy', body),
    load: (body) => lines<DeployEvent>('POST', '/v1/load', body),
    unload: async (body) => {
      await readText(await call('POST', '/v1/unload', body))
    },
    rollback: (body) => lines<DeployEvent>('POST', '/v1/rollback', body),
    reload: () => lines<ReloadEvent>('POST', '/v1/reload'),
    logLevel: async () => JSON.parse(await readText(await call('GET', '/v1/log-level'))) as LogLevelBody,
    setLogLevel: async (body) =>
      JSON.parse(await readText(await call('POST', '/v1/log-level', body))) as LogLevelSet,
    history: async (query = {}) => {
      const parameters = new URLSearchParams()
      for (const [name, value] of Object.entries(query)) parameters.set(name, String(value))
      return JSON.parse(
        await readText(await call('GET', `/v1/history?${parameters.toString()}`)),
      ) as HistoryEntry[]
    },
    events: (signal, onBytes) => lines<StreamEvent>('GET', '/v1/events', undefined, signal, onBytes),
    stop: async () => {
      await readText(await call('POST', '/v1/stop'))
    },
  }
}

type Exchange = {
  readonly open: (onAnswer: (answer: IncomingMessage) => void) => ClientRequest
  readonly body: unknown
  readonly signal?: AbortSignal | undefined
  readonly answerTimeoutMs: number
  readonly describeSilence: () => Promise<string> | string
  readonly describeFailure: (error: Error) => string
}

/** Resolves to the answer when it begins. Throws `timed_out` and `not_running`. */
export function exchange(options: Exchange): Promise<IncomingMessage> {
  const { open, body, signal, answerTimeoutMs } = options
  return new Promise<IncomingMessage>((resolve, reject) => {
    const timer = setTimeout(() => {
      void Promise.resolve(options.describeSilence()).then((message) => {
        reject(new ChangeoverError('timed_out', message))
        outgoing.destroy()
      })
    }, answerTimeoutMs)
    const settle = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
    const outgoing = open((answer) => {
      settle()
      resolve(answer)
    })
    const giveUp = (): void => void outgoing.destroy(new Error('the request was given up'))
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted === true) giveUp()
    outgoing.on('error', (error) => {
      settle()
      reject(new ChangeoverError('not_running', options.describeFailure(error), { cause: error }))
    })
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function describeSilence(socketPath: string, timeoutMs: number): Promise<string> {
  const pid = await findOwner(dirname(socketPath))
  const who = pid === undefined ? 'the supervisor' : `the supervisor, process ${pid},`
  const what =
    pid === undefined
      ? 'find it with `ss -xlp`, and stop it'
      : isStopped(pid)
        ? `it is stopped: \`kill -CONT ${pid}\` resumes it`
        : `it hangs: \`kill -KILL ${pid}\` ends it, and \`changeover up\` adopts what it leaves`
  return `${who} has not answered within ${timeoutMs / 1_000} s on ${socketPath}; ${what}`
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) text += chunk
  return text
}
