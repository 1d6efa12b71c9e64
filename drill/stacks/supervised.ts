import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { runCli } from '../../harness/cli.ts'
import { isAlive, startProgram, stopProgram, untilFound } from '../../harness/processes.ts'
import { cliFile } from '../../harness/stacks/our-stack.ts'
import { startSupervisord } from '../../harness/stacks/supervisord.ts'
import type { StackStatus } from '../../src/contracts/index.ts'

/** A `changeover up` that is to run with a configuration; its folder is that of the file. */
export type Run = {
  readonly path: string
  readonly folder: string
  readonly signal: AbortSignal
  readonly status: () => Promise<StackStatus>
}

/** A running `changeover up`, and the program that starts it. */
export type Supervised = {
  /** kill -9 of the supervisor alone; resolves when it has ended. */
  readonly kill: () => Promise<void>
  /** Resolves when another one answers commands; throws with the end of its log where none does. */
  readonly startAgain: () => Promise<void>
  readonly stop: () => Promise<void>
}

const shownLogLines = 3

/** Starts `changeover up` as a process of the drill's. */
export async function superviseAlone(run: Run): Promise<Supervised> {
  const args = [cliFile, 'up', '--config', run.path]
  const start = () =>
    startProgram({ command: process.execPath, args, logFile: logFile(run), signal: run.signal })
  let supervisor = start()
  const stop = (): Promise<void> => stopProgram(supervisor)
  const untilAnswering = (): Promise<void> =>
    untilAnother(run, {
      hasEnded: () => supervisor.child.exitCode !== null,
      isIt: (pid) => pid === supervisor.pid,
    })
  await orStop(untilAnswering, stop)
  return {
    kill: async () => {
      const exited = new Promise((resolve) => supervisor.child.once('exit', resolve))
      supervisor.child.kill('SIGKILL')
      await exited
    },
    startAgain: async () => {
      supervisor = start()
      await untilAnswering()
    },
    stop,
  }
}

/** Has Debian's supervisord run it, by the section that `changeover generate supervisor` prints: it is started again by that. */
export async function superviseBySupervisord(run: Run): Promise<Supervised> {
  const { code, stdout, stderr } = await runCli(['generate', 'supervisor', '--config', run.path])
  if (code !== 0) throw new Error(`changeover generate supervisor exited with ${code}:\n${stderr}`)
  run.signal.throwIfAborted()
  const supervisord = startSupervisord(run.folder, stdout)
  let killed: number | undefined
  const untilAnswering = (): Promise<void> =>
    untilAnother(run, { hasEnded: supervisord.hasExited, isIt: (pid) => pid !== killed })
  await orStop(untilAnswering, supervisord.stop)
  return {
    kill: async () => {
      const { pid } = await run.status()
      process.kill(pid, 'SIGKILL')
      killed = pid
      await untilFound('the end of the supervisor', () => (isAlive(pid) ? undefined : true), run.signal)
    },
    startAgain: untilAnswering,
    stop: supervisord.stop,
  }
}

type Wanted = { readonly hasEnded: () => boolean; readonly isIt: (pid: number) => boolean }

async function untilAnother(run: Run, { hasEnded, isIt }: Wanted): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    if (hasEnded()) throw new Error(`changeover up has ended; its log ends:\n${endOfLog(run)}`)
    const answered = await run.status().catch(() => undefined)
    return answered !== undefined && isIt(answered.pid) ? true : undefined
  }
  await untilFound('the supervisor', look, run.signal)
}

async function orStop(work: () => Promise<void>, stop: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await stop()
    throw error
  }
}

/** Where the log of a stack is; the section for supervisord names the same file. */
function logFile({ folder }: Run): string {
  return join(folder, 'changeover.log')
}

function endOfLog(run: Run): string {
  return readFileSync(logFile(run), 'utf8').trimEnd().split('\n').slice(-shownLogLines).join('\n')
}
