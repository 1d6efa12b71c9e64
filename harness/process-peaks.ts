import { readFileSync } from 'node:fs'

import { processTree } from './processes.ts'

/** The most memory that processes have had, by what they are; in MiB. */
export type ProcessPeaks = Readonly<Record<string, number>>

const lookMs = 10

/** Samples all processes below `pid` until it is stopped: the peak memory of each, the kernel's `VmHWM`, by name. */
export function watchPeaks(pid: number): { readonly stop: () => ProcessPeaks } {
  const peaks = new Map<string, number>()
  const look = (): void => {
    for (const one of processTree(pid)) {
      const name = nameOf(one)
      if (name !== undefined) peaks.set(name, Math.max(peaks.get(name) ?? 0, peakOf(one)))
    }
  }
  const timer = setInterval(look, lookMs)
  return {
    stop: () => {
      clearInterval(timer)
      look()
      return Object.fromEntries(peaks)
    },
  }
}

/** `primary 0` where a process calls itself `changeover primary 0`, and `publisher` for `node …/entry/publisher.js`. */
function nameOf(pid: number): string | undefined {
  const command = read(pid, 'cmdline')
  return /^changeover ([^\0]+)/.exec(command)?.[1] ?? /([\w-]+)\.js\0/.exec(command)?.[1]
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(pid, 'status'))?.[1] ?? 0) / 1_024
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
