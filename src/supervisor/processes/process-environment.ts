import { putInPlace } from '../../process/index.ts'
import { kill } from '../../run-folder/index.ts'
import type { WatchOptions } from './process-watch.ts'
import { ProcessWatch } from './process-watch.ts'
import { killProcess, retireProcess, stopProcess } from './stop-process.ts'

/** What a managed process needs of time and of the machine; tests simulate it. */
export type ProcessEnvironment = {
  readonly nowMs: () => number
  /** Runs `work` after a delay; returns what cancels it. */
  readonly after: (delayMs: number, work: () => void) => () => void
  readonly watch: (options: WatchOptions) => Pick<ProcessWatch, 'isHeard' | 'close'>
  readonly putInPlace: typeof putInPlace
  readonly kill: typeof kill
  readonly killAndWait: typeof killProcess
  readonly stop: typeof stopProcess
  readonly retire: typeof retireProcess
}

export const systemEnvironment: ProcessEnvironment = {
  nowMs: () => performance.now(),
  after: (delayMs, work) => {
    const timer = setTimeout(work, delayMs)
    return () => clearTimeout(timer)
  },
  watch: (options) => new ProcessWatch(options),
  putInPlace,
  kill,
  killAndWait: killProcess,
  stop: stopProcess,
  retire: retireProcess,
}
