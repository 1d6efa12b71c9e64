import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'

import { withoutDebugger } from '../../process/index.ts'

export type SubprocessOptions<Message> = {
  /** The module that the process runs; it is sent one message, and answers in messages. */
  readonly entry: string
  readonly start: object
  readonly onMessage: (message: Message) => void
  /** A process that has not ended by then is killed. */
  readonly timeoutMs?: number
  /** Aborted when the work is no longer wanted: the process is killed. */
  readonly signal?: AbortSignal
  /** Somebody waits for it who must not wait long: it has the priority of the processes that serve. */
  readonly isUrgent?: boolean
}

/** How a process ended: `ended with SIGSEGV`. */
export type SubprocessEnd = { readonly how: string; readonly isLate: boolean }

const running = new Set<ChildProcess>()

/** Ends all subprocesses, since nobody waits for them any more. */
export function killSubprocesses(): void {
  for (const child of running) child.kill('SIGKILL')
}

/**
 * Runs work in a process of its own, at low priority, so that the processes that serve are not slowed, and may lose it without
 * harm. Resolves to how it ended, when all its messages were received.
 */
export function runInSubprocess<Message>({
  entry,
  start,
  onMessage,
  timeoutMs,
  signal,
  isUrgent = false,
}: SubprocessOptions<Message>): Promise<SubprocessEnd> {
  return new Promise((resolve) => {
    const child = fork(entry, {
      // What foreign code prints must not get into the result of the command that runs it.
      stdio: ['ignore', process.stderr.fd, 'inherit', 'ipc'],
      execArgv: [...withoutDebugger],
    })
    let lateBy: string | undefined
    const kill =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            lateBy = `did not finish within ${timeoutMs / 1_000} s and was killed`
            child.kill('SIGKILL')
          }, timeoutMs)
    running.add(child)
    const giveUp = (): void => void child.kill('SIGKILL')
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted === true) giveUp()
    const settle = (how: string): void => {
      running.delete(child)
      clearTimeout(kill)
      signal?.removeEventListener('abort', giveUp)
      resolve({ how: lateBy ?? how, isLate: lateBy !== undefined })
    }
    const received = new Promise<void>((resolve) => child.once('disconnect', resolve))
    child.on('message', (message) => onMessage(message as Message))
    child.once('error', (error) => settle(`could not be started: ${error.message}`))
    child.once(
      'exit',
      (code, signal) => void received.then(() => settle(`ended with ${signal ?? `exit code ${code ?? 0}`}`)),
    )
    if (child.pid === undefined) return
    if (!isUrgent) setPriority(child.pid, constants.priority.PRIORITY_LOW)
    child.send(start)
  })
}
