import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

import type {
  LabelTally,
  Log,
  ProcessFigures,
  RouteSummary,
  WorkerCommand,
  WorkerHello,
  WorkerStart,
  WorkerStatus,
} from '../contracts/index.ts'
import type { Answer, HttpRequest, OnAnswered, Respond } from '../http/index.ts'
import { answerHealthCheck, findTraceparent, HttpPort, serviceHeaders } from '../http/index.ts'
import type { Frame, Link, ProcessLife } from '../ipc/index.ts'
import { decodeRequest, LinkServer, obeyProcessCommand, refuseCommand, sendCommand } from '../ipc/index.ts'
import type { ProtocolRoute } from '../protocols/index.ts'
import { waitForCallers } from '../store/index.ts'
import type { Span, Tracer } from '../tracing/index.ts'
import { Recorder } from '../traffic-sample/index.ts'
import { answerPaused } from './answer-paused.ts'
import { selfTest, warm } from './candidate.ts'
import { CandidateSlot } from './candidate-slot.ts'
import { ServedModels } from './served-models.ts'
import type { Service } from './service/define-service.ts'
import { renderHomePage } from './service/home-page.ts'
import type { Arrival } from './service/service-host.ts'
import { ServiceHost } from './service/service-host.ts'
import { summarizeRoutes } from './service/summarize-routes.ts'
import { warmUpRoutes } from './service/warm-up-routes.ts'
import { TurnQueue } from './turn-queue.ts'
import { VersionLoader } from './version-loader.ts'

export type WorkerOptions = WorkerStart &
  ProcessLife & {
    readonly service: Service
    /** Whether results are held against the `answer` schemas of their routes. */
    readonly checkAnswers: boolean
    readonly protocols: readonly ProtocolRoute[]
    readonly listeningSockets: readonly unknown[]
    readonly socketPath: string
    readonly placePath: string
    readonly log: Log
    /** Undefined if requests are not traced. */
    readonly tracer: Tracer | undefined
    /** Takes what was answered for the access log; undefined if there is none. */
    readonly logAccess: OnAnswered | undefined
  }

const drainLookMs = 5

/** One that does not respond has nothing to hand over. */
const predecessorTimeoutMs = 300

/** One worker of an instance: the services on its HTTP port and on its link, over the versions that it is told to serve. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #startedAtMs = Date.now()
  readonly #recorder: Recorder | undefined
  readonly #models: ServedModels
  readonly #loader: VersionLoader
  readonly #candidate: CandidateSlot
  readonly #host: ServiceHost
  readonly #link: LinkServer
  readonly #port: HttpPort
  readonly #turns = new TurnQueue()
  /** How to take a request of a link out of the queue again. */
  readonly #queued = new WeakMap<Link, Map<number, () => void>>()
  #isPaused = false
  #isLeaving = false
  /** Settles when the last restore has. */
  #restored: Promise<void> = Promise.resolve()
  /** When unanswered requests are abandoned. */
  #endMs = Infinity
  #closing: Promise<void> | undefined

  constructor(options: WorkerOptions) {
    this.#options = options
    const { socketPath, bodyLimitBytes, http, stopTimeoutMs, trustedProxies, logAccess } = options
    this.#recorder = createRecorder(options)
    this.#models = new ServedModels()
    this.#loader = new VersionLoader(options)
    this.#candidate = new CandidateSlot(this.#loader)
    this.#host = new ServiceHost({
      ...options,
      models: this.#models,
      homePage: () => this.#homePage(),
    })
    this.#link = new LinkServer({
      socketPath,
      hello: this.#hello(),
      onRequest: (frame, link) => this.#take(frame, link),
      onCancel: (id, link) => this.#cancel(id, link),
      onCommand: (command) => this.#obey(command as WorkerCommand),
      figures: (after) => this.#figures(after),
    })
    this.#port = new HttpPort({
      limits: { ...http, bodyLimitBytes },
      stopTimeoutMs,
      trustedProxies,
      trustsThisMachine: true,
      onAnswered: logAccess,
      onRequest: (request, respond) => this.#accept(request, respond),
    })
  }

  /** Loads what it is told to serve, warms it and the routes, and only then listens. */
  async start(): Promise<void> {
    await this.#recorder?.start()
    for (const target of this.#options.versions) {
      const loaded = await this.#loader.load(target)
      await warm(loaded, [], nextTurn)
      this.#models.activate(loaded, Date.now())
    }
    const { service, log } = this.#options
    if (this.#models.current.served.length > 0)
      await warmUpRoutes(service.routes, (request) => this.#host.handle(request), log)
    this.#host.forget()
    this.#models.observe((model) => this.#recorder?.observer(model), await this.#countedBefore())
    await this.#port.start(this.#options.listeningSockets)
    await this.#link.start()
    // They may have been moved away before this process could be told.
    this.#options.reopenLogs()
  }

  /** The label counts of the process that this one will replace. */
  async #countedBefore(): Promise<(LabelTally & { readonly model: string })[]> {
    const counted = this.#models.current.served.map(async ({ model }) => {
      const ask: WorkerCommand = { do: 'labelCounts', model }
      const tally = await sendCommand(this.#options.placePath, ask, predecessorTimeoutMs).catch(() => null)
      return tally === null || tally === undefined ? [] : [{ ...(tally as LabelTally), model }]
    })
    return (await Promise.all(counted)).flat()
  }

  /** Sends its callers elsewhere, answers what is in flight, and exits. */
  close(ending: { readonly isPatient: boolean }): Promise<void> {
    if (!ending.isPatient)
      this.#endMs = Math.min(this.#endMs, performance.now() + this.#options.stopTimeoutMs)
    const portClosed = this.#port.close(ending)
    this.#closing ??= this.#leave(portClosed)
    return this.#closing
  }

  async #leave(portClosed: Promise<void>): Promise<void> {
    // Links whose other ends do not confirm that they send no more are not waited for any longer.
    const { stopTimeoutMs } = this.#options
    await Promise.race([this.#link.leave(), sleep(stopTimeoutMs, undefined, { ref: false })])
    await portClosed
    while (this.#isBusy && performance.now() < this.#endMs) await sleep(drainLookMs)
    this.#link.close()
    await this.#recorder?.close()
  }

  #accept(request: HttpRequest, respond: Respond): void {
    const health = answerHealthCheck(request, !this.#isPaused && !this.#isLeaving)
    if (health !== undefined) {
      respond(health)
      return
    }
    if (this.#isPaused) {
      respond(answerPaused(request))
      return
    }
    const arrival: Arrival = { by: 'port', atMs: performance.now() }
    this.#turns.add(() => {
      if (request.client.isGone) return
      const { method, url, body } = request
      const headers = serviceHeaders(request)
      const span = this.#options.tracer?.beginRequest(findTraceparent(headers), method)
      span?.set({ 'changeover.request_id': request.id })
      this.#respond({ method, url, headers, body }, { ...arrival, span }, respond)
    })
  }

  get #isBusy(): boolean {
    return this.#turns.length > 0 || this.#host.inFlight > 0
  }

  /** A frame that cannot be read throws here, which closes its link. */
  #take(frame: Frame, link: Link): void {
    const request = decodeRequest(frame.payload)
    const { tracer } = this.#options
    const span = tracer?.continueRequest(findTraceparent(request.headers), `${request.method} in a worker`)
    const arrival: Arrival = { by: 'link', atMs: performance.now(), span }
    const cancel = this.#turns.add(() => {
      this.#queued.get(link)?.delete(frame.id)
      this.#respond(request, arrival, (answer) => link.response(frame.id, answer))
    })
    if (cancel === undefined) return
    const ofLink = this.#queued.get(link) ?? new Map<number, () => void>()
    this.#queued.set(link, ofLink.set(frame.id, cancel))
  }

  /** Removes a cancelled request from the queue; one that has begun continues. */
  #cancel(id: number, link: Link): void {
    const ofLink = this.#queued.get(link)
    ofLink?.get(id)?.()
    ofLink?.delete(id)
  }

  /** A route that answers at once costs no promise. */
  #respond(
    request: Parameters<ServiceHost['handle']>[0],
    arrival: Arrival,
    send: (answer: Answer) => void,
  ): void {
    const { span, atMs } = arrival
    span?.set({
      'http.request.method': request.method,
      'changeover.instance': this.#options.instance,
      'changeover.queue_ms': performance.now() - atMs,
    })
    const done = span === undefined ? send : endWith(span, send)
    const answer = this.#host.handle(request, arrival)
    if (answer instanceof Promise) void answer.then(done)
    else done(answer)
  }

  #obey(
    command: WorkerCommand,
  ): WorkerStatus | LabelTally | null | undefined | Promise<number> | Promise<void> {
    if (command.do !== 'status' && command.do !== 'labelCounts')
      this.#options.log('debug', `told to ${command.do}`)
    switch (command.do) {
      case 'status':
        return this.#status()
      case 'labelCounts':
        return this.#models.labelCounts(command.model)
      case 'load':
        return this.#candidate.load(command.target)
      case 'warm':
        return warm(this.#candidate.loaded, command.cases, () => waitForCallers(this.#options.storePath))
      case 'selfTest':
        return selfTest(this.#candidate.loaded, command.cases)
      case 'activate':
        this.#models.activate(this.#candidate.take(), Date.now())
        return undefined
      case 'restore':
        return this.#restore(command.model, command.version)
      case 'discard':
        this.#candidate.drop()
        return undefined
      case 'pause':
      case 'resume':
        this.#isPaused = command.do === 'pause'
        return undefined
      case 'announceStop':
        this.#isLeaving = true
        return undefined
      case 'spawn':
      case 'reopenLogs':
      case 'setLogLevel':
      case 'releaseSockets':
      case 'stop':
      case 'retire':
        return obeyProcessCommand(command, this.#options)
      default:
        return refuseCommand(command)
    }
  }

  /** One after the other, so that the last one requested serves. */
  #restore(model: string, version: string | null): Promise<void> {
    this.#candidate.drop()
    const restored = this.#restored.then(() => this.#serve(model, version))
    this.#restored = restored.catch(() => undefined)
    return restored
  }

  async #serve(model: string, version: string | null): Promise<void> {
    const served = this.#models.current.served.find((entry) => entry.model === model)
    if (version === null) this.#models.remove(model)
    else if (served?.version !== version)
      this.#models.activate(await this.#loader.load({ model, version }), Date.now())
  }

  #status(): WorkerStatus {
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      address: this.#port.address,
      served: this.#models.current.served,
      inFlight: this.#inFlight,
      answered: this.#host.answered,
      paused: this.#isPaused,
      port: this.#host.meters.sum('port'),
      routes: this.#routes(),
    }
  }

  #figures(after: number | undefined): ProcessFigures {
    const { number, isWhole, models, ended } = this.#models.report(after)
    return {
      number,
      isWhole,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      usage: this.#options.usage(),
      worker: {
        instance: this.#options.instance,
        routes: this.#host.meters.figures,
        models,
        ended,
        served: this.#models.figures,
        inFlight: this.#inFlight,
      },
    }
  }

  get #inFlight(): number {
    return this.#host.inFlight + this.#turns.length
  }

  #hello(): WorkerHello {
    return { pid: process.pid, routes: this.#routes() }
  }

  #routes(): RouteSummary[] {
    const { service, protocols } = this.#options
    return summarizeRoutes(service.routes, protocols)
  }

  #homePage(): Answer {
    return renderHomePage({ instance: this.#options.instance, ...this.#status() })
  }
}

/** Ends the span with the answer. */
function endWith(span: Span, send: (answer: Answer) => void): (answer: Answer) => void {
  return (answer) => {
    span.set({ 'http.response.status_code': answer.status })
    if (answer.status >= 500) span.fail(`status ${answer.status}`)
    span.end()
    send(answer)
  }
}

/** The record of this worker; undefined if the configuration has none. */
function createRecorder({
  record,
  instance,
  workerIndex,
  service: { redact },
  log,
}: WorkerOptions): Recorder | undefined {
  if (record === undefined) return undefined
  const { random } = Math
  return new Recorder({
    ...record,
    writer: `${instance}-${workerIndex}`,
    redact,
    nowMs: Date.now,
    random,
    log,
  })
}
