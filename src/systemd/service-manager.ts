import type { Log } from '../contracts/index.ts'
import { toMessage } from '../contracts/index.ts'
import type { SendDatagram } from './datagram.ts'
import { openDatagram } from './datagram.ts'

/** The service manager that started this process; if there is none, every call does nothing. */
export type ServiceManager = {
  /** The program serves; `status` is shown by `systemctl status`. */
  readonly ready: (status: string) => void
  /** The program is reloading its configuration, until `ready`. */
  readonly reloading: () => void
  readonly stopping: () => void
  /** From now on feeds the watchdog while `isHealthy` resolves to true. */
  readonly feedWatchdog: (isHealthy: () => Promise<boolean>) => void
}

type Environment = Record<string, string | undefined>

/** The watchdog is fed this often within its time. */
const feedsPerTimeout = 3

/**
 * Answers the service manager that `NOTIFY_SOCKET` names, by the protocol of sd_notify(3). Its variables are taken out of `env`, so that
 * children do not speak for this process. Throws `start_failed` if it cannot be reached.
 */
export async function openServiceManager(env: Environment, pid: number, log: Log): Promise<ServiceManager> {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: timeoutUs = '', WATCHDOG_PID: watchdogPid } = env
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) Reflect.deleteProperty(env, name)
  if (address === undefined || address === '') return nobody
  const isWatched = /^\d+$/.test(timeoutUs) && (watchdogPid ?? String(pid)) === String(pid)
  return createServiceManager(await openDatagram(address), isWatched ? Number(timeoutUs) / 1_000 : 0, log)
}

const nobody: ServiceManager = {
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  feedWatchdog: () => undefined,
}

function createServiceManager(send: SendDatagram, watchdogMs: number, log: Log): ServiceManager {
  const notify = (...lines: readonly string[]): void => {
    try {
      send(lines.join('\n'))
    } catch (error) {
      log('warning', toMessage(error))
    }
  }
  return {
    ready: (status) => notify('READY=1', `STATUS=${status}`),
    reloading: () => notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`),
    stopping: () => notify('STOPPING=1'),
    feedWatchdog: (isHealthy) => {
      if (watchdogMs === 0) return
      const feed = async (): Promise<void> => {
        if (await isHealthy().catch(() => false)) notify('WATCHDOG=1')
        else log('warning', 'the stack is not healthy; not feeding the watchdog')
      }
      setInterval(() => void feed(), watchdogMs / feedsPerTimeout).unref()
    },
  }
}
