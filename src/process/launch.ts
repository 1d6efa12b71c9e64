import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'

import type { ListeningName, ProcessStart, StartResult } from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import type { ProcessIdentity } from '../run-folder/index.ts'
import { identify } from '../run-folder/index.ts'
import { withoutDebugger } from './without-debugger.ts'

/** The sockets that a process holds, as Node's handles. */
export type HeldSockets = ReadonlyMap<ListeningName, readonly unknown[]>

/** What a process is sent over its IPC channel before it runs: each socket with its handle beside it, several of a name one after the other, then its task. */
export type LaunchMessage =
  | { readonly type: 'socket'; readonly name: ListeningName }
  | { readonly type: 'start'; readonly start: ProcessStart }

/** A process that is ready. */
export type Launched = {
  readonly identity: ProcessIdentity
  /** Resolves to why it exited: `SIGKILL`, `exit code 1`. */
  readonly exited: Promise<string>
}

export const startTimeoutMs = 60_000

/** Requests allocate little: a larger young generation costs memory in every process and saves no time. */
const youngSpaceMiB = 4

/**
 * The bodies of large requests are old before they are garbage, and V8 starts with a limit of some MiB: it would collect the
 * whole heap a dozen times a second while they come, 10 ms each, which is felt by all small requests. A process that gets none
 * does not grow for it.
 */
const initialOldSpaceMiB = 64

/**
 * Starts a process with all listening sockets, and waits for its ready message. It outlives the process that starts it,
 * unless its task says not to. Throws `start_failed`, or the error that the process itself reports; it has exited then.
 */
export async function launch(entry: string, start: ProcessStart, sockets: HeldSockets): Promise<Launched> {
  const child = fork(entry, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [
      ...withoutDebugger,
      `--max-semi-space-size=${youngSpaceMiB}`,
      `--initial-old-space-size=${initialOldSpaceMiB}`,
    ],
  })
  // At once, while the process id cannot be reused: the child has not been waited for yet.
  const identity = identify(child.pid ?? 0)
  const exited = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`)),
  )
  const ready = waitUntilReady(child, start.name, exited)
  // Observed even if sending to it throws first.
  ready.catch(() => undefined)
  try {
    for (const [name, handles] of sockets)
      for (const handle of handles) send(child, { type: 'socket', name }, handle)
    send(child, { type: 'start', start })
    await ready
    if (identity === undefined)
      throw new ChangeoverError('start_failed', `${start.name} is not listed in /proc, which must be mounted`)
    if (!start.endsWithParent) child.disconnect()
    return { identity, exited }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

function send(child: ChildProcess, message: LaunchMessage, handle?: unknown): void {
  // A child that has died meanwhile is noticed by its exit.
  child.send(message, handle as never, () => undefined)
}

function waitUntilReady(child: ChildProcess, name: string, exited: Promise<string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (message: string): void => {
      clearTimeout(timer)
      reject(new ChangeoverError('start_failed', message))
    }
    const timer = setTimeout(
      () => fail(`${name} was not ready within ${startTimeoutMs / 1_000} s`),
      startTimeoutMs,
    )
    child.once('error', (error) => fail(`${name} could not be started: ${error.message}`))
    void exited.then((reason) => fail(`${name} exited before it was ready: ${reason}`))
    child.once('message', (message) => {
      const result = message as StartResult
      clearTimeout(timer)
      if (result.ready) resolve()
      else reject(new ChangeoverError(result.error.code, result.error.message))
    })
  })
}
