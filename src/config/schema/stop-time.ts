import type { Config } from './config.ts'

/** How long a process may take to exit after the time that it has to answer what it holds. */
const graceMs = 5_000

type StopTime = Pick<Config, 'stopTimeoutMs'>

/** How long one process takes to stop at most; then it is killed. */
export function maxStopMs({ stopTimeoutMs }: StopTime): number {
  return stopTimeoutMs + graceMs
}

/** How long a stack takes to stop at most: the announcement, the gateway, then the instances. */
export function maxStackStopMs(config: StopTime & Pick<Config, 'shutdownDelayMs'>): number {
  return config.shutdownDelayMs + 2 * maxStopMs(config)
}
