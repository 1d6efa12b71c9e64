import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

import type { Files } from './files.ts'
import { giveWayFile } from '../layout.ts'

/** A sign that is older than this no longer counts: whoever kept it fresh may be gone. */
const signLifeMs = 2_000

/** While callers are slowed, work that can wait goes on for `workMs` and then naps. */
const napMs = 50
const workMs = 20

/** Asks all who publish or warm to go slowly for the next two seconds. */
export function askToGiveWay(storePath: string, nowMs: number): void {
  const path = giveWayFile(storePath)
  try {
    utimesSync(path, nowMs / 1_000, nowMs / 1_000)
  } catch {
    mkdirSync(storePath, { recursive: true })
    writeFileSync(path, '')
  }
}

/** To be called between small pieces of work that can wait: naps now and then while callers are slowed. */
export function createPace(storePath: string): () => void {
  let workedSinceMs = performance.now()
  return () => {
    if (performance.now() - workedSinceMs < workMs) return
    if (mustGiveWay(storePath)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, napMs)
    workedSinceMs = performance.now()
  }
}

/** The same in a process that also serves: whatever has come meanwhile goes first. */
export async function waitForCallers(storePath: string): Promise<void> {
  if (mustGiveWay(storePath)) await sleep(napMs)
  else await nextTurn()
}

/** A sign of the future is of a clock that was set back meanwhile: it does not count either, and the next one is right. */
function mustGiveWay(storePath: string): boolean {
  const sign = statSync(giveWayFile(storePath), { throwIfNoEntry: false })
  return sign !== undefined && Math.abs(Date.now() - sign.mtimeMs) < signLifeMs
}

/** The same calls, which give way at each read and write. */
export function withPace(files: Files, storePath: string): Files {
  const pace = createPace(storePath)
  const paced = <Call extends (...args: never[]) => unknown>(call: Call): Call =>
    ((...args: Parameters<Call>) => {
      pace()
      return call(...args)
    }) as Call
  return { ...files, readSync: paced(files.readSync), writeSync: paced(files.writeSync) }
}
