import { Agent, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

/** What became of one request. */
export type Outcome = {
  readonly id: number
  readonly status: number
  readonly version: string
  readonly answer: string
  readonly error: string | undefined
}

export type Load = {
  readonly outcomes: readonly Outcome[]
  /** Sends no more, waits for what is in flight, and returns all outcomes. */
  readonly stop: () => Promise<readonly Outcome[]>
}

/** Four clients with this pause send some 600 requests a second. Without one they take the whole machine from what is tested. */
const usualPauseMs = 5

/** Clients that each send one request after the other on a connection that they keep, until they are stopped. */
export function startLoad(
  url: string,
  clients: number,
  bodyOf: (id: number) => string,
  pauseMs = usualPauseMs,
  /** The authority of a server with TLS, in PEM. */
  ca?: string,
): Load {
  const outcomes: Outcome[] = []
  let nextId = 0
  let stopping = false
  const runClient = async (): Promise<void> => {
    const agent =
      ca === undefined
        ? new Agent({ keepAlive: true, maxSockets: 1 })
        : new TlsAgent({ keepAlive: true, maxSockets: 1, ca })
    while (!stopping) {
      const id = nextId++
      outcomes.push(await sendOne(agent, url, id, bodyOf(id)))
      if (pauseMs > 0) await sleep(pauseMs)
    }
    agent.destroy()
  }
  const running = Promise.all(Array.from({ length: clients }, runClient))
  return {
    outcomes,
    stop: async () => {
      stopping = true
      await running
      return outcomes
    },
  }
}

function sendOne(agent: Agent, url: string, id: number, body: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const fail = (error: Error): void =>
      resolve({ id, status: 0, version: '', answer: '', error: error.message })
    const send = agent instanceof TlsAgent ? tlsRequest : request
    const outgoing = send(
      url,
      { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        let answer = ''
        response.setEncoding('utf8').on('data', (text: string) => (answer += text))
        response.on('error', fail)
        response.on('end', () =>
          resolve({
            id,
            status: response.statusCode ?? 0,
            version: String(response.headers['x-model-version']),
            answer,
            error: undefined,
          }),
        )
      },
    )
    outgoing.on('error', fail)
    outgoing.end(body)
  })
}
