import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const builtStore = fileURLToPath(new URL('../../dist/store/index.js', import.meta.url))

/** A process that runs a script over the built store, which it finds as `store`. */
export type StoreScript = {
  readonly process: ChildProcess
  readonly output: () => string
  /** Rejects with what it wrote to standard error where it does not end with 0. */
  readonly done: Promise<string>
}

export function runStoreScript(script: string, options: SpawnOptions = {}): StoreScript {
  const text = `import * as store from ${JSON.stringify(builtStore)}\n${script}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const done = new Promise<string>((resolve, reject) =>
    child.once('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(stderr)))),
  )
  return { process: child, output: () => stdout, done }
}
