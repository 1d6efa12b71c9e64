import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

import { throttleFile } from '../layout.ts'
import type { Files } from './files.ts'

/** A marker older than this no longer counts: the process that refreshed it may be dead. */
const signLifeMs = 2_000

/** While callers are slowed, work that can wait runs for `workMs` and then sleeps. */
const pauseMs = 50
const workMs = 20

/** Throttles all publishing and warm-up for the next two seconds. */
export function requestThrottle(storePath: string, nowMs: number): void {
  const path = throttleFile(storePath)
  try {
    utimesSync(path, nowMs / 1_000, nowMs / 1_000)
  } catch {
    mkdirSync(storePath, { recursive: true })
    writeFileSync(path, '')
  }
}

/** To be called between small pieces of work that can wait: sleeps now and then while callers are slowed. */
export function createThrottle(storePath: string): () => void {
  let workedSinceMs = performance.now()
  return () => {
    if (performance.now() - workedSinceMs < workMs) return
    if (isThrottled(storePath)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    workedSinceMs = performance.now()
  }
}

/** The same in a process that also serves: what has come meanwhile goes first. */
export async function waitForCallers(storePath: string): Promise<void> {
  if (isThrottled(storePath)) await sleep(pauseMs)
  else await nextTurn()
}

/** A marker of the future comes from a clock that was set back: it does not count either, and the next one is right. */
function isThrottled(storePath: string): boolean {
  const sign = statSync(throttleFile(storePath), { throwIfNoEntry: false })
  return sign !== undefined && Math.abs(Date.now() - sign.mtimeMs) < signLifeMs
}

/** The same calls, throttled at each read and write. */
export function withThrottle(files: Files, storePath: string): Files {
  const pace = createThrottle(storePath)
  const paced = <Call extends (...args: never[]) => unknown>(call: Call): Call =>
    ((...args: Parameters<Call>) => {
      pace()
      return call(...args)
    }) as Call
  return { ...files, readSync: paced(files.readSync), writeSync: paced(files.writeSync) }
}
