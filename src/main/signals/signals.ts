import type { ReloadEvent } from '../../contracts/index.ts'
import type { ServiceManager } from '../../systemd/index.ts'
import { hearSignals } from './hold-signals.ts'

/** What the signals control: a stack, or an instance alone. */
export type Signalled = {
  readonly reload: (emit: (event: ReloadEvent) => void) => Promise<void>
  readonly resize: (by: number, emit: (event: ReloadEvent) => void) => Promise<void>
  readonly reopenLogs: () => Promise<void>
}

/** Whether processes exit without waiting for requests in flight: as gunicorn on its signals, and with the terminal. */
export function isAtOnce(reason: string): boolean {
  return reason === 'SIGINT' || reason === 'SIGQUIT' || reason === 'SIGHUP'
}

/**
 * HUP and USR2 reload code and configuration, TTIN and TTOU add or remove one worker per instance, USR1 reopens the log
 * files, as with gunicorn. USR2 upgrades gunicorn, for which a reload is enough here. A signal during a start or
 * a reload is handled after it.
 */
export function obeySignals(
  target: Signalled,
  {
    serviceManager,
    reopenLogs,
    started,
  }: {
    readonly serviceManager: Pick<ServiceManager, 'ready' | 'reloading'>
    /** Reopens the log files of this process. */
    readonly reopenLogs: () => void
    readonly started: Promise<void>
  },
): void {
  // The start itself reports why it failed.
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

/**
 * The first of SIGINT, SIGQUIT, SIGTERM, signals that mean the same here, and a call of `request`; and the next one after it, from
 * somebody who does not want to wait for what a stop is delayed by.
 */
export function stopRequest(others: readonly NodeJS.Signals[] = []): {
  readonly requested: Promise<string>
  readonly requestedAgain: Promise<string>
  readonly request: (reason: string) => void
} {
  const settle: ((reason: string) => void)[] = []
  const [requested, requestedAgain] = [0, 1].map(
    () => new Promise<string>((resolve) => void settle.push(resolve)),
  ) as [Promise<string>, Promise<string>]
  const request = (reason: string): void => settle.shift()?.(reason)
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', ...others] as const)
    process.on(signal, () => request(signal))
  return { requested, requestedAgain, request }
}
