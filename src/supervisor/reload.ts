import { performance } from 'node:perf_hooks'

import { ChangeoverError, toErrorReport } from '../contracts/index.ts'
import type { Config, Log, ReloadEvent } from '../contracts/index.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import type { Stack } from './stack.ts'

export type ReloadOptions = {
  readonly busy: OneAtATime
  readonly log: Log
  readonly config: () => Config
  readonly loadConfig: () => Promise<Config>
  readonly createStack: (config: Config) => Stack
  /** Makes a stack that runs and has its places the one in charge, and retires the one before. */
  readonly replace: (config: Config, stack: Stack) => Promise<void>
  readonly emit: (event: ReloadEvent) => void
}

/**
 * Starts every process anew beside those that serve, on the same sockets, and retires the old ones only when all of the new
 * ones have said that they are ready. Where one does not come up, the old ones serve on. The outcome is the last event.
 */
export async function reloadStack(options: ReloadOptions): Promise<void> {
  const { busy, log, emit } = options
  const begunMs = performance.now()
  try {
    await busy.run('a reload', () => replaceAll(options))
    log('info', 'reloaded')
    emit({ type: 'end', ok: true, durationMs: performance.now() - begunMs })
  } catch (error) {
    const report = toErrorReport(error)
    log('error', `not reloaded: ${report.message}`)
    emit({ type: 'end', ok: false, error: report, durationMs: performance.now() - begunMs })
  }
}

async function replaceAll({ config, loadConfig, createStack, replace, emit }: ReloadOptions): Promise<void> {
  const wanted = await loadConfig()
  checkReloadable(config(), wanted)
  const stack = createStack(wanted)
  await step('start the new processes', emit, async () => {
    try {
      await stack.startBeside()
    } catch (error) {
      await stack.close()
      throw error
    }
  })
  await step('retire the old ones', emit, () => replace(wanted, stack))
}

async function step(name: string, emit: ReloadOptions['emit'], work: () => Promise<void>): Promise<void> {
  const begunMs = performance.now()
  const report = (state: 'done' | 'failed', detail?: string): void =>
    emit({ type: 'step', step: name, state, durationMs: performance.now() - begunMs, detail })
  emit({ type: 'step', step: name, state: 'started' })
  try {
    await work()
    report('done')
  } catch (error) {
    report('failed', error instanceof Error ? error.message : String(error))
    throw error
  }
}

/** What a running stack cannot change: its sockets stay, and so does its data. */
function checkReloadable(before: Config, after: Config): void {
  const fixed = [
    ['data', before.data, after.data],
    ['primary.bind', before.primary.bind, after.primary.bind],
    ['backup.bind', before.backup.bind, after.backup.bind],
    ['gateway.bind', before.gateway.bind, after.gateway.bind],
  ] as const
  const changed = fixed.filter(([, old, wanted]) => old !== wanted).map(([key]) => key)
  if (changed.length === 0) return
  throw new ChangeoverError(
    'config_invalid',
    `a reload keeps the sockets and the data, so ${changed.join(' and ')} cannot change; put it back, or stop the stack and start it again`,
  )
}
