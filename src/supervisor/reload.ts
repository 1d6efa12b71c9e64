import { performance } from 'node:perf_hooks'

import type { Config } from '../config/schema/index.ts'
import type { Log, ReloadEvent } from '../contracts/index.ts'
import { ChangeoverError, toErrorReport, toMessage } from '../contracts/index.ts'
import type { Mutex } from './mutex.ts'
import { abortedBy, unlessAborted } from './preemption.ts'

/** What can be started beside what serves. */
export type Startable = { readonly startBeside: () => Promise<void>; readonly close: () => Promise<void> }

export type ReloadOptions<Started extends Startable> = {
  readonly busy: Mutex
  readonly log: Log
  readonly config: () => Config
  readonly loadConfig: () => Promise<Config>
  /** What is to be done before anything is started; it ends when the signal is aborted. */
  readonly prepare: (config: Config, signal: AbortSignal) => Promise<void>
  /** What cannot change, by the names of the keys: sockets stay, and so does the data. */
  readonly fixed: (config: Config) => Readonly<Record<string, string>>
  readonly create: (config: Config) => Started
  /** Makes what was started beside the one in charge, and retires the one before. */
  readonly replace: (config: Config, started: Started) => Promise<void>
  readonly emit: (event: ReloadEvent) => void
}

/** The configuration as it is now, with `by` workers more, or fewer, than `before` has; at least one. */
export async function resized(
  before: Config,
  by: number,
  loadConfig: () => Promise<Config>,
): Promise<Config> {
  return { ...(await loadConfig()), workers: Math.max(1, before.workers + by) }
}

/**
 * Starts every process again beside those that serve, on the same sockets, and retires the old ones only when all of the new
 * ones have said that they are ready. If one does not come up, the old ones continue to serve. The outcome is the last event.
 */
export async function reloadAll<Started extends Startable>(options: ReloadOptions<Started>): Promise<void> {
  const { busy, log, emit } = options
  const begunMs = performance.now()
  try {
    await busy.tryRun('a reload', (preempted) =>
      replaceAll(options, abortedBy(preempted, 'the reload', 'replaced a process')),
    )
    log('info', 'reloaded')
    emit({ type: 'end', ok: true, durationMs: performance.now() - begunMs })
  } catch (error) {
    const report = toErrorReport(error)
    log('error', `reload failed: ${report.message}`)
    emit({ type: 'end', ok: false, error: report, durationMs: performance.now() - begunMs })
  }
}

async function replaceAll<Started extends Startable>(
  { config, loadConfig, prepare, fixed, create, replace, emit }: ReloadOptions<Started>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = await loadConfig()
  checkReloadable(fixed(config()), fixed(wanted))
  await prepare(wanted, signal)
  signal.throwIfAborted()
  const started = create(wanted)
  await step('start the new processes', emit, async () => {
    try {
      await unlessAborted(started.startBeside(), signal)
    } catch (error) {
      const closed = started.close()
      // What has priority does not wait for processes without a place.
      if (!signal.aborted) await closed
      throw error
    }
  })
  await step('retire the old ones', emit, () => replace(wanted, started))
}

async function step(
  name: string,
  emit: (event: ReloadEvent) => void,
  work: () => Promise<void>,
): Promise<void> {
  const begunMs = performance.now()
  const report = (state: 'done' | 'failed', detail?: string): void =>
    emit({ type: 'step', step: name, state, durationMs: performance.now() - begunMs, detail })
  emit({ type: 'step', step: name, state: 'started' })
  try {
    await work()
    report('done')
  } catch (error) {
    report('failed', toMessage(error))
    throw error
  }
}

function checkReloadable(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): void {
  const changed = Object.keys(before).filter((key) => before[key] !== after[key])
  if (changed.length === 0) return
  throw new ChangeoverError(
    'config_invalid',
    `a reload keeps the sockets and the data, so ${changed.join(' and ')} cannot change; put it back, or stop the stack and start it again`,
  )
}
