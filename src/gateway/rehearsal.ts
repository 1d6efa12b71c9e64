import type { LinkRequest } from '../link/index.ts'
import { createJob } from './job.ts'
import type { WorkerConnection } from './worker-connection.ts'

/** How many requests are kept, how large they may be, and how many answers lie between two. */
const keptRequests = 16
const largestBytes = 4 * 1024
const everyAnswers = 32

/** How often a worker is asked before its code is compiled for good, how many at a time, and how long that may take. */
const rounds = 300
const atATime = 4
const longestMs = 1_000

/**
 * Makes a worker that has answered nobody yet, or too few, as quick as one that has: it is asked what callers asked lately,
 * and its answers are thrown away. Only routes that are pure may be asked so.
 */
export class Rehearsal {
  readonly #requests: LinkRequest[] = []
  #answers = 0
  #next = 0

  /** Keeps one of many requests that were answered well. */
  note(request: LinkRequest): void {
    if (this.#answers++ % everyAnswers !== 0 || request.body.length > largestBytes) return
    // The body is a part of a larger buffer, which is not to be kept with it.
    this.#requests[this.#next++ % keptRequests] = { ...request, body: Buffer.from(request.body) }
  }

  /** Resolves when the worker has answered often enough, does not answer, or takes too long. No work where nothing was asked yet. */
  async hold(connection: WorkerConnection): Promise<void> {
    if (this.#requests.length === 0 || connection.answered >= rounds) return
    const endMs = performance.now() + longestMs
    let left = rounds - connection.answered
    const askOn = async (): Promise<void> => {
      while (left-- > 0 && performance.now() < endMs) if (!(await this.#ask(connection, left, endMs))) return
    }
    await Promise.all(Array.from({ length: atATime }, askOn))
  }

  #ask(connection: WorkerConnection, number: number, endMs: number): Promise<boolean> {
    const request = this.#requests[number % this.#requests.length]
    if (request === undefined) return Promise.resolve(false)
    return new Promise((resolve) => {
      const nowMs = performance.now()
      const done = (answer: { readonly status: number }): void => resolve(answer.status === 200)
      connection.send({
        ...createJob(request, done, nowMs),
        isRehearsal: true,
        sentMs: nowMs,
        lateMs: Infinity,
        dueMs: endMs,
      })
    })
  }
}
