import findMyWay from 'find-my-way'
import type { HTTPMethod } from 'find-my-way'

import { ChangeoverError, instanceNames, otherInstance } from '../contracts/index.ts'
import type { GatewayStart, InstanceName, InstanceTraffic, WorkerHello } from '../contracts/index.ts'
import { problemAnswer } from '../http/index.ts'
import type { Answer } from '../http/index.ts'
import type { LinkRequest } from '../link/index.ts'
import { WorkerLink } from './worker-link.ts'
import type { LinkOutcome } from './worker-link.ts'

type Instance = { readonly links: readonly WorkerLink[]; paused: boolean; answered: number; failed: number }

/** How long a pause may wait for the answers that are under way, between two looks. */
const pauseLookMs = 2

/** Takes each request to the primary, or to the backup while the primary is paused or unwell, and to the other one when the first dies on it. */
export class Dispatcher {
  readonly #instances: Readonly<Record<InstanceName, Instance>>
  #impureRoutes = findMyWay()
  #retried = 0
  #refused = 0

  constructor({ workerSockets, answerTimeoutMs }: Pick<GatewayStart, 'workerSockets' | 'answerTimeoutMs'>) {
    const onHello = (hello: WorkerHello): void => this.#learnRoutes(hello)
    const create = (name: InstanceName): Instance => ({
      links: workerSockets[name].map(
        (socketPath) => new WorkerLink({ socketPath, answerTimeoutMs, onHello }),
      ),
      paused: false,
      answered: 0,
      failed: 0,
    })
    this.#instances = { primary: create('primary'), backup: create('backup') }
  }

  start(): void {
    for (const link of this.#links()) link.start()
  }

  close(): void {
    for (const link of this.#links()) link.close()
  }

  get retried(): number {
    return this.#retried
  }

  get refused(): number {
    return this.#refused
  }

  traffic(name: InstanceName): InstanceTraffic {
    const { links, paused, answered, failed } = this.#instances[name]
    return { paused, answered, failed, readyWorkers: readyLinks(links).length, inFlight: inFlight(links) }
  }

  /** Sends an instance no more requests, and resolves when it has answered those that it has. Refused while the other one is not there to serve. */
  async pause(name: InstanceName): Promise<void> {
    const other = otherInstance(name)
    if (this.#instances[other].paused || readyLinks(this.#instances[other].links).length === 0)
      throw new ChangeoverError(
        'no_instance',
        `the ${name} cannot be paused: the ${other} is not ready to serve in its place`,
      )
    this.#instances[name].paused = true
    while (inFlight(this.#instances[name].links) > 0)
      await new Promise((resolve) => setTimeout(resolve, pauseLookMs))
  }

  resume(name: InstanceName): void {
    this.#instances[name].paused = false
  }

  /** Gets a request answered; `done` is called once. */
  dispatch(request: LinkRequest, done: (answer: Answer) => void): void {
    this.#send(request, undefined, done)
  }

  #send(request: LinkRequest, avoid: WorkerLink | undefined, done: (answer: Answer) => void): void {
    const chosen = this.#choose(avoid)
    if (chosen === undefined) {
      done(this.#refuse())
      return
    }
    const { instance, link } = chosen
    link.send(request, (outcome) => {
      if (outcome.ok) {
        instance.answered++
        if (outcome.status >= 500) instance.failed++
        done(outcome)
      } else {
        instance.failed++
        this.#retry(request, link, avoid === undefined, outcome, done)
      }
    })
  }

  /** A request is sent twice at most, so that one that kills whoever answers it does not take them all. */
  #retry(
    request: LinkRequest,
    lost: WorkerLink,
    isFirstTry: boolean,
    { reason }: Extract<LinkOutcome, { ok: false }>,
    done: (answer: Answer) => void,
  ): void {
    if (!this.#isPure(request)) {
      done(
        problemAnswer({
          code: 'answer_unknown',
          message: `the process that was asked did not answer (${reason}), and this route may not be asked twice`,
        }),
      )
      return
    }
    if (!isFirstTry) {
      done(this.#refuse())
      return
    }
    this.#retried++
    this.#send(request, lost, done)
  }

  /** The primary, else the backup. One that is paused, or where `avoid` has just failed, only where nothing else is left. */
  #choose(
    avoid: WorkerLink | undefined,
  ): { readonly instance: Instance; readonly link: WorkerLink } | undefined {
    let last: { readonly instance: Instance; readonly link: WorkerLink } | undefined
    for (const name of instanceNames) {
      const instance = this.#instances[name]
      const link = leastBusy(instance.links, avoid)
      if (link === undefined) continue
      const hasFailed = avoid !== undefined && instance.links.includes(avoid)
      if (!instance.paused && !hasFailed) return { instance, link }
      last ??= { instance, link }
    }
    return last
  }

  #refuse(): Answer {
    this.#refused++
    return problemAnswer(
      {
        code: 'no_instance',
        message: 'neither the primary nor the backup can answer now; try again in a second',
      },
      ['retry-after', '1'],
    )
  }

  #isPure({ method, url }: LinkRequest): boolean {
    return this.#impureRoutes.find(method as HTTPMethod, url) === null
  }

  #learnRoutes({ impureRoutes }: WorkerHello): void {
    this.#impureRoutes = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
    for (const { method, path } of impureRoutes)
      this.#impureRoutes.on(method as HTTPMethod, path, () => undefined)
  }

  #links(): WorkerLink[] {
    return instanceNames.flatMap((name) => this.#instances[name].links)
  }
}

function readyLinks(links: readonly WorkerLink[]): WorkerLink[] {
  return links.filter(({ isReady }) => isReady)
}

function inFlight(links: readonly WorkerLink[]): number {
  return links.reduce((sum, link) => sum + link.inFlight, 0)
}

/** The ready link with the fewest requests under way. */
function leastBusy(links: readonly WorkerLink[], avoid: WorkerLink | undefined): WorkerLink | undefined {
  let best: WorkerLink | undefined
  for (const link of links) {
    const isBetter = best === undefined || link.inFlight < best.inFlight
    if (link.isReady && link !== avoid && isBetter) best = link
  }
  return best
}
