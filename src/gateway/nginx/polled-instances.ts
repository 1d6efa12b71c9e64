import type {
  InstanceMeters,
  InstanceName,
  InstanceTraffic,
  NginxStart,
  PortFigures,
  RouteSummary,
  WorkerCommand,
  WorkerStatus,
} from '../../contracts/index.ts'
import { instanceNames } from '../../contracts/index.ts'
import { sendCommand } from '../../ipc/index.ts'
import { AnswerMeter, LatencyHistogram } from '../../metrics/index.ts'

const commandTimeoutMs = 300

type Seen = { readonly pid: number; readonly figures: PortFigures }
type Worker = { readonly socketPath: string; seen: Seen | undefined; status: WorkerStatus | undefined }
type Instance = {
  readonly workers: readonly Worker[]
  isPaused: boolean
  answered: number
  failed: number
  /** Since it was last paused. */
  readonly meter: AnswerMeter
}

const nothing: PortFigures = { failed: 0, latency: [] }

/**
 * The instances behind an nginx: their workers are polled for what they have answered on their own ports, and are
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

  /** Polls every worker, after the polls in progress. */
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

  /** Sets whether an instance is to be paused; workers are told at the next poll. */
  setPaused(name: InstanceName, isPaused: boolean): void {
    const instance = this.#instances[name]
    // One that was not paused serves what it has served, and answers on.
    if (instance.isPaused && !isPaused) instance.meter.forget()
    instance.isPaused = isPaused
  }

  isServing(name: InstanceName): boolean {
    const { isPaused, workers } = this.#instances[name]
    return !isPaused && workers.some(({ status }) => status !== undefined)
  }

  /** Whether every worker that responds is paused and has nothing in flight. */
  isQuiet(name: InstanceName): boolean {
    return this.#instances[name].workers.every(
      ({ status }) => status === undefined || (status.paused && status.inFlight === 0),
    )
  }

  traffic(name: InstanceName): InstanceTraffic {
    const { workers, isPaused, answered, failed, meter } = this.#instances[name]
    const ready = workers.flatMap(({ status }) => status ?? [])
    return {
      paused: isPaused,
      readyWorkers: ready.length,
      inFlight: ready.reduce((sum, { inFlight }) => sum + inFlight, 0),
      answered,
      failed,
      latest: meter.latest,
    }
  }

  /** The recent answers of both. */
  get meters(): InstanceMeters {
    return { primary: this.#instances.primary.meter.figures, backup: this.#instances.backup.meter.figures }
  }

  /** Continues from what the gateway before has counted. */
  continueFrom(meters: InstanceMeters): void {
    for (const name of instanceNames) this.#instances[name].meter.continueFrom(meters[name])
  }

  /** The routes of the service as a worker reports them; undefined if none responds. */
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
    const { seen } = worker
    worker.seen = { pid, figures: port }
    // Answers from before this process polled it are not new: others have counted them, perhaps for another version.
    if (seen === undefined) return
    const before = seen.pid === pid ? seen.figures : nothing
    const latency = new LatencyHistogram()
    latency.addSince(before.latency, port.latency)
    instance.answered += latency.total
    const newlyFailed = port.failed - before.failed
    instance.failed += newlyFailed
    instance.meter.answeredElsewhere(latency, newlyFailed)
    this.#onAnswered(latency)
  }
}

function createInstance(socketPaths: readonly string[]): Instance {
  return {
    workers: socketPaths.map((socketPath) => ({ socketPath, seen: undefined, status: undefined })),
    isPaused: false,
    answered: 0,
    failed: 0,
    meter: new AnswerMeter(),
  }
}

/** Undefined if the worker is not there, or does not respond. */
function tell({ socketPath }: Worker, command: WorkerCommand): Promise<unknown> {
  return sendCommand(socketPath, command, commandTimeoutMs).catch(() => undefined)
}
