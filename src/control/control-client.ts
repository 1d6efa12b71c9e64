import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'

import { ChangeoverError, parseProblem } from '../contracts/index.ts'
import type {
  DeployBody,
  DeployEvent,
  HistoryEntry,
  ReloadEvent,
  RollbackBody,
  StackStatus,
} from '../contracts/index.ts'

/** Speaks with the supervisor of a data folder. Every call throws `not_running` where none answers. */
export type ControlClient = {
  readonly status: () => Promise<StackStatus>
  readonly deploy: (body: DeployBody) => AsyncIterable<DeployEvent>
  readonly rollback: (body: RollbackBody) => AsyncIterable<DeployEvent>
  readonly reload: () => AsyncIterable<ReloadEvent>
  /** The store's history, oldest first. */
  readonly history: () => Promise<HistoryEntry[]>
  readonly stop: () => Promise<void>
}

export function createControlClient(socketPath: string): ControlClient {
  return {
    status: async () =>
      JSON.parse(await readText(await call(socketPath, 'GET', '/v1/status'))) as StackStatus,
    deploy: (body) => events(socketPath, '/v1/deploy', body),
    rollback: (body) => events(socketPath, '/v1/rollback', body),
    reload: () => events(socketPath, '/v1/reload'),
    history: async () =>
      JSON.parse(await readText(await call(socketPath, 'GET', '/v1/history'))) as HistoryEntry[],
    stop: async () => {
      await readText(await call(socketPath, 'POST', '/v1/stop'))
    },
  }
}

async function* events<Event>(socketPath: string, path: string, body?: unknown): AsyncGenerator<Event> {
  const response = await call(socketPath, 'POST', path, body)
  for await (const line of createInterface({ input: response })) yield JSON.parse(line) as Event
}

async function call(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // A connection of its own: one that was kept may have been closed by the other side meanwhile.
    const outgoing = request({ socketPath, method, path, agent: false }, resolve)
    outgoing.on('error', (error) =>
      reject(
        new ChangeoverError(
          'not_running',
          `no supervisor answers on ${socketPath}: start one with \`changeover up\``,
          { cause: error },
        ),
      ),
    )
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
  if (response.statusCode === 200) return response
  throw parseProblem(await readText(response))
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) text += chunk
  return text
}
