import type {
  AnsweredBy,
  GatewayCommand,
  GatewayMeasurement,
  GatewayStart,
  GatewayStatus,
  InstanceMeters,
  Log,
  ProcessFigures,
} from '../../contracts/index.ts'
import type { GrpcPort } from '../../grpc/index.ts'
import type { Answer, HeaderBlock, HttpRequest, OnAnswered, Respond } from '../../http/index.ts'
import {
  answerHealthCheck,
  Cors,
  findTraceparent,
  HttpPort,
  RequestMemory,
  serviceHeaders,
  withoutOwnCors,
  withTraceparent,
} from '../../http/index.ts'
import type { ProcessLife } from '../../ipc/index.ts'
import { LinkServer, obeyProcessCommand, refuseCommand } from '../../ipc/index.ts'
import { RouteMeters } from '../../metrics/index.ts'
import type { Span, Tracer } from '../../tracing/index.ts'
import { askMeters } from './ask-meters.ts'
import { Dispatcher } from './dispatcher.ts'
import { systemEnvironment } from './environment.ts'
import type { Control } from './model-control.ts'
import { controlModels } from './model-control.ts'
import { isStaticUrl, sendStaticFile } from './static/static-files.ts'
import { TrafficMeter } from './traffic-meter.ts'

export type GatewayOptions = GatewayStart &
  ProcessLife & {
    readonly listeningSockets: readonly unknown[]
    /** None if gRPC is not served. */
    readonly grpcSockets: readonly unknown[]
    readonly socketPath: string
    readonly placePath: string
    /** Undefined if clients may not load and unload models. */
    readonly control: Control | undefined
    readonly log: Log
    /** Undefined if requests are not traced. */
    readonly tracer: Tracer | undefined
    /** Takes what was answered for the access log; undefined if there is none. */
    readonly logAccess: OnAnswered | undefined
  }

/** A new gateway does not accept before it has found a worker, or this has passed. */
const workerWaitMs = 5_000

/** The front door: takes complete HTTP requests and gets them answered by the instances. */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #startedAtMs = Date.now()
  readonly #meter = new TrafficMeter()
  readonly #routeMeters = new RouteMeters<AnsweredBy>()
  /** Of what this process answers by itself. */
  readonly #ownMeters = {
    health: this.#routeMeters.of('', '(health)'),
    static: this.#routeMeters.of('', '(static)'),
    preflight: this.#routeMeters.of('OPTIONS', '(preflight)'),
    control: this.#routeMeters.of('', '(repository)'),
  }
  readonly #dispatcher: Dispatcher
  readonly #port: HttpPort
  readonly #cors: Cors | undefined
  readonly #memory: RequestMemory
  readonly #control: LinkServer
  #grpc: GrpcPort | undefined
  #isLeaving = false
  #closing: Promise<void> | undefined

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#cors = options.cors && new Cors(options.cors)
    this.#dispatcher = new Dispatcher(options, this.#meter, systemEnvironment, this.#routeMeters)
    this.#memory = new RequestMemory(options.http.maxBufferedBytes)
    this.#port = new HttpPort({ ...this.#portOptions, cors: options.cors, tls: options.tls })
    this.#control = new LinkServer({
      socketPath: options.socketPath,
      onCommand: (command) => this.#obey(command as GatewayCommand),
      figures: (after) => this.#figures(after),
    })
  }

  async start(): Promise<void> {
    const counted = await askMeters(this.#options.placePath)
    if (counted !== undefined) this.#dispatcher.continueFrom(counted)
    this.#dispatcher.start()
    await this.#control.start()
    // They may have been moved away before this process could be told.
    this.#options.reopenLogs()
    this.#grpc = await this.#openGrpc()
    await this.#dispatcher.whenReady(workerWaitMs)
    await this.#port.start(this.#options.listeningSockets)
    await this.#grpc?.start(this.#options.grpcSockets)
  }

  /** Answers what is in flight and exits. */
  close(ending: { readonly isPatient: boolean }): Promise<void> {
    const closed = Promise.all([this.#port.close(ending), this.#grpc?.close(ending)])
    this.#closing ??= closed.then(() => {
      this.#dispatcher.close()
      this.#control.close()
    })
    return this.#closing
  }

  /** What the ports for HTTP and gRPC have in common. */
  get #portOptions() {
    const { http, bodyLimitBytes, stopTimeoutMs, trustedProxies, logAccess } = this.#options
    return {
      limits: { ...http, bodyLimitBytes },
      memory: this.#memory,
      stopTimeoutMs,
      trustedProxies,
      onAnswered: logAccess,
      onRequest: (request: HttpRequest, respond: Respond) => this.#accept(request, respond),
    }
  }

  /** Its libraries are loaded only if it is served. */
  async #openGrpc(): Promise<GrpcPort | undefined> {
    if (this.#options.grpcSockets.length === 0) return undefined
    const { GrpcPort } = await import('../../grpc/index.ts')
    const { grpcTls: tls } = this.#options
    return new GrpcPort({ ...this.#portOptions, tls, isReady: () => this.#isReady })
  }

  get #isReady(): boolean {
    return this.#dispatcher.isReady && !this.#isLeaving
  }

  #accept(request: HttpRequest, respond: Respond): void {
    const { method, url, body, client } = request
    const { staticFolder, control, bodyLimitBytes } = this.#options
    const preflight = this.#cors?.answerPreflight(request)
    if (preflight !== undefined) {
      this.#counted('preflight', respond)(preflight)
      return
    }
    const health = answerHealthCheck(request, this.#isReady)
    if (health !== undefined) {
      this.#counted('health', respond)(health)
      return
    }
    if (staticFolder !== undefined && isStaticUrl(url)) {
      sendStaticFile(staticFolder, request, this.#counted('static', respond))
      return
    }
    if (
      control !== undefined &&
      controlModels({ control, bodyLimitBytes }, request, this.#counted('control', respond))
    )
      return
    const headers = serviceHeaders(request)
    const done = this.#cors === undefined ? respond : (answer: Answer) => respond(withoutOwnCors(answer))
    const { tracer } = this.#options
    const span = tracer && beginSpan(tracer, request, headers)
    if (span === undefined) this.#dispatcher.dispatch({ method, url, headers, body }, done, client)
    else {
      const traced = { method, url, headers: withTraceparent(headers, span.traceparent), body }
      this.#dispatcher.dispatch(traced, endWith(span, done), client, span)
    }
  }

  /** Counts the answer that it passes on. */
  #counted(kind: 'health' | 'static' | 'preflight' | 'control', respond: Respond): Respond {
    const acceptedMs = performance.now()
    return (answer) => {
      this.#ownMeters[kind].answered('gateway', answer.status, performance.now() - acceptedMs)
      respond(answer)
    }
  }

  #obey(
    command: GatewayCommand,
  ): GatewayStatus | GatewayMeasurement | InstanceMeters | undefined | Promise<number> | Promise<void> {
    switch (command.do) {
      case 'status':
        return this.#status()
      case 'meters':
        return this.#dispatcher.meters
      case 'measure':
        return { recent: this.#meter.recent(performance.now()), window: this.#meter.takeWindow() }
      case 'pause':
        return this.#dispatcher.pause(command.instance, command.timeoutMs)
      case 'resume':
        this.#dispatcher.resume(command.instance)
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

  #figures(after: number | undefined): ProcessFigures {
    return {
      number: (after ?? 0) + 1,
      isWhole: true,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      usage: this.#options.usage(),
      gateway: this.#dispatcher.figures,
    }
  }

  #status(): GatewayStatus {
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      address: this.#port.address,
      ...(this.#grpc === undefined ? {} : { grpcAddress: this.#grpc.address }),
      latest: this.#meter.latest(performance.now()),
      recent: this.#meter.recent(performance.now()),
      ...this.#dispatcher.counts,
      instances: { primary: this.#dispatcher.traffic('primary'), backup: this.#dispatcher.traffic('backup') },
    }
  }
}

/** The span of a request from when it was whole; undefined if it is not traced. */
function beginSpan(tracer: Tracer, { method, id }: HttpRequest, headers: HeaderBlock): Span | undefined {
  const span = tracer.beginRequest(findTraceparent(headers), method)
  span?.set({ 'http.request.method': method, 'changeover.request_id': id })
  return span
}

/** Ends the span with the answer. */
function endWith(span: Span, done: (answer: Answer) => void): (answer: Answer) => void {
  return (answer) => {
    span.set({ 'http.response.status_code': answer.status })
    if (answer.status >= 500) span.fail(`status ${answer.status}`)
    span.end()
    done(answer)
  }
}
