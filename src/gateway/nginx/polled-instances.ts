import { instanceNames } from '../../contracts/index.ts'
import type {
  InstanceName,
  InstanceTraffic,
  NginxStart,
  PortFigures,
  RouteSummary,
  WorkerCommand,
  WorkerStatus,
} from '../../contracts/index.ts'
import { LatencyHistogram } from '../../http/index.ts'
import { sendCommand } from '../../link/index.ts'

const commandTimeoutMs = 300

type Seen = { readonly pid: number; readonly figures: PortFigures }
type Worker = { readonly socketPath: string; seen: Seen | undefined; status: WorkerStatus | undefined }
type Instance = {
  readonly workers: readonly Worker[]
  isPaused: boolean
  answered: number
  failed: number
  /** Since it was last resumed. */
  latency: LatencyHistogram
}

const nothing: PortFigures = { failed: 0, latency: [] }

/**
 * What is known of the instances behind an nginx: workers are asked for what they have answered on their own ports, and are
 * kept paused or not as is wanted, also one that was silent when that changed.
 */
export class PolledInstances {
  readonly #instances: Readonly<Record<InstanceName, Instance>>
  readonly #onAnswered: (latency: LatencyHistogram) => void
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    { primary, backup }: NginxStart['workerSockets'],
    onAnswered: (latency: LatencyHistogram) => void,
  ) {
    this.#instances = { primary: createInstance(primary), backup: createInstance(backup) }
    this.#onAnswered = onAnswered
  }

  /** Asks every worker anew, after those who ask already. */
  poll(): Promise<void> {
    const done = this.#last.then(async () => {
      await Promise.all(
        instanceNames.flatMap((name) =>
          this.#instances[name].workers.map((worker) => this.#ask(this.#instances[name], worker)),
        ),
      )
    })
    this.#last = done
    return done
  }

  /** Wants an instance paused or not; workers hear of it at the next poll. */
  setPaused(name: InstanceName, isPaused: boolean): void {
    const instance = this.#instances[name]
    instance.isPaused = isPaused
    if (!isPaused) instance.latency = new LatencyHistogram()
  }

  isServing(name: InstanceName): boolean {
    const { isPaused, workers } = this.#instances[name]
    return !isPaused && workers.some(({ status }) => status !== undefined)
  }

  /** Whether every worker that answers is paused and has nothing left to answer. */
  isQuiet(name: InstanceName): boolean {
    return this.#instances[name].workers.every(
      ({ status }) => status === undefined || (status.paused && status.inFlight === 0),
    )
  }

  traffic(name: InstanceName): InstanceTraffic {
    const { workers, isPaused, answered, failed, latency } = this.#instances[name]
    const ready = workers.flatMap(({ status }) => status ?? [])
    return {
      paused: isPaused,
      readyWorkers: ready.length,
      inFlight: ready.reduce((sum, { inFlight }) => sum + inFlight, 0),
      answered,
      failed,
      p99Ms: latency.quantile(0.99),
    }
  }

  /** The routes of the service as a worker names them; undefined where none answers. */
  get routes(): readonly RouteSummary[] | undefined {
    const workers = instanceNames.flatMap((name) => this.#instances[name].workers)
    return workers.find(({ status }) => status !== undefined)?.status?.routes
  }

  async #ask(instance: Instance, worker: Worker): Promise<void> {
    const status = (await tell(worker, { do: 'status' })) as WorkerStatus | undefined
    worker.status = status
    if (status === undefined) return
    this.#count(instance, worker, status)
    if (status.paused === instance.isPaused) return
    await tell(worker, { do: instance.isPaused ? 'pause' : 'resume' })
  }

  #count(instance: Instance, worker: Worker, { pid, port }: WorkerStatus): void {
    const before = worker.seen?.pid === pid ? worker.seen.figures : nothing
    worker.seen = { pid, figures: port }
    const latency = new LatencyHistogram()
    latency.addSince(before.latency, port.latency)
    instance.answered += latency.total
    instance.failed += port.failed - before.failed
    instance.latency.merge(latency)
    this.#onAnswered(latency)
  }
}

function createInstance(socketPaths: readonly string[]): Instance {
  return {
    workers: socketPaths.map((socketPath) => ({ socketPath, seen: undefined, status: undefined })),
    isPaused: false,
    answered: 0,
    failed: 0,
    latency: new LatencyHistogram(),
  }
}

/** Undefined where the worker is not there, or silent. */
function tell({ socketPath }: Worker, command: WorkerCommand): Promise<unknown> {
  return sendCommand(socketPath, command, commandTimeoutMs).catch(() => undefined)
}
