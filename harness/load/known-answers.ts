import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What each version answers to each text, by the version's name. */
export type KnownAnswers = Readonly<Record<string, readonly string[]>>

export type KnownLoad = {
  readonly url: string
  readonly bodies: readonly string[]
  readonly answers: KnownAnswers
  readonly perSecond: number
}

export type KnownFigures = {
  readonly sent: number
  /** Not answered, or not with what the version answers that the answer names. */
  readonly wrong: readonly string[]
  readonly tookMs: readonly number[]
}

/** Sends at a steady rate until it is stopped, whatever the answers do, and holds each answer against what its version says. */
export function startKnownLoad({ url, bodies, answers, perSecond }: KnownLoad): {
  readonly stop: () => Promise<KnownFigures>
} {
  const agent = new Agent({ keepAlive: true })
  const wrong: string[] = []
  const tookMs: number[] = []
  let sent = 0
  let stopped = false
  const send = async (index: number): Promise<void> => {
    const begunMs = performance.now()
    const fault = await ask(agent, url, bodies[index] ?? '', (version) => answers[version]?.[index])
    tookMs.push(performance.now() - begunMs)
    if (fault !== undefined) wrong.push(fault)
  }
  const run = async (): Promise<void> => {
    const begunMs = performance.now()
    const asked: Promise<void>[] = []
    while (!stopped) {
      asked.push(send(sent % bodies.length))
      sent++
      await sleep(Math.max(0, begunMs + (sent * 1_000) / perSecond - performance.now()))
    }
    await Promise.all(asked)
  }
  const running = run()
  return {
    stop: async () => {
      stopped = true
      await running
      agent.destroy()
      return { sent, wrong, tookMs }
    },
  }
}

/** Resolves to what is wrong with the answer; undefined where nothing is. */
function ask(
  agent: Agent,
  url: string,
  body: string,
  expected: (version: string) => string | undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve(`${body}: ${error.message}`)
    const outgoing = request(url, { method: 'POST', agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('error', fail)
      response.on('end', () => {
        const version = String(response.headers['x-model-version'])
        const isRight = response.statusCode === 200 && text === expected(version)
        resolve(
          isRight
            ? undefined
            : `${body}: ${version} says ${response.statusCode ?? 0} ${text}, not ${expected(version) ?? 'anything'}`,
        )
      })
    })
    outgoing.on('error', fail)
    outgoing.end(body)
  })
}
