import { Worker } from 'node:worker_threads'

import type { ErrorReport } from '../../contracts/index.ts'
import type { CheckedVersion } from '../../store/index.ts'

/** Has the module `entry` check a version in a thread of its own; resolves to why it must not be served. */
export function checkInThread(entry: string, version: CheckedVersion): Promise<ErrorReport | undefined> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(entry, { workerData: version })
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', (code) => reject(new Error(`the check of a version ended with exit code ${code}`)))
  })
}
