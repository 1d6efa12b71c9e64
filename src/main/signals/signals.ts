import type { ReloadEvent } from '../../contracts/index.ts'
import type { ServiceManager } from '../../systemd/index.ts'
import { hearSignals } from './hold-signals.ts'

/** What the signals act on: a stack, or an instance alone. */
export type Signalled = {
  readonly reload: (emit: (event: ReloadEvent) => void) => Promise<void>
  readonly resize: (by: number, emit: (event: ReloadEvent) => void) => Promise<void>
  readonly reopenLogs: () => Promise<void>
}

/** Whether processes are to end without waiting for what is under way, as gunicorn does by these signals. */
export function isAtOnce(reason: string): boolean {
  return reason === 'SIGINT' || reason === 'SIGQUIT'
}

/**
 * HUP and USR2 take up code and configuration anew, TTIN and TTOU have one worker more or fewer an instance, USR1 opens the log
 * files anew: gunicorn's habits. By USR2 gunicorn's users upgrade it, for which a reload is enough here. What comes at a start or
 * in the middle of a reload is done after it.
 */
export function obeySignals(
  target: Signalled,
  {
    serviceManager,
    reopenLogs,
    started,
  }: {
    readonly serviceManager: Pick<ServiceManager, 'ready' | 'reloading'>
    /** Opens the log files of this process anew. */
    readonly reopenLogs: () => void
    readonly started: Promise<void>
  },
): void {
  // Whoever starts says why that failed.
  let before = started.catch(() => undefined)
  const inTurn = (work: () => Promise<void>): void => {
    before = before.then(async () => {
      serviceManager.reloading()
      await work()
      serviceManager.ready('serving')
    })
  }
  const reload = (): void =>
    inTurn(() => {
      reopenLogs()
      return target.reload(() => undefined)
    })
  const habits: Partial<Record<NodeJS.Signals, () => void>> = {
    SIGHUP: reload,
    SIGUSR2: reload,
    SIGTTIN: () => inTurn(() => target.resize(1, () => undefined)),
    SIGTTOU: () => inTurn(() => target.resize(-1, () => undefined)),
    SIGUSR1: () => {
      reopenLogs()
      void target.reopenLogs()
    },
  }
  hearSignals((signal) => habits[signal]?.())
}

/** The first of SIGINT, SIGQUIT, SIGTERM and whoever calls `request`. */
export function stopRequest(): {
  readonly requested: Promise<string>
  readonly request: (reason: string) => void
} {
  let resolve: (reason: string) => void = () => undefined
  const requested = new Promise<string>((settle) => (resolve = settle))
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal))
  return { requested, request: (reason) => resolve(reason) }
}
