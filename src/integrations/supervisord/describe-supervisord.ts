import type { Config } from '../../config/schema/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { Installation } from '../installation.ts'
import { commandLine, stopTimeoutSeconds } from '../installation.ts'

/** The program that supervisor has to run: the whole stack, behind one process. */
export type SupervisorProgram = {
  readonly name: string
  readonly command: readonly string[]
  readonly folder: string
  readonly user: string
  readonly environment: Readonly<Record<string, string>>
  readonly startSeconds: number
  readonly startRetries: number
  readonly stopWaitSeconds: number
  /** In a folder that is root's alone: supervisord opens and renames it as root, and would follow a link of the user's. */
  readonly logFile: string
  readonly logMaxMegabytes: number
  readonly logBackups: number
}

/** The stack of an installation as a program of supervisor. Throws `bad_usage` for values that supervisor would change. */
export function describeSupervisor(config: Config, installation: Installation): SupervisorProgram {
  const { configFolder, user, home } = installation
  const command = commandLine(installation, 'up')
  // It expands %(name)s, in some values twice, so that no way of writing % holds in all of them.
  const changed = [...command, configFolder, home, user].find((value) => value.includes('%'))
  if (changed !== undefined)
    throw new ChangeoverError(
      'bad_usage',
      `supervisord expands % in ${changed}; move the configuration to a path without it`,
    )
  const quoted = [home, user].find((value) => /"|^'|'$/.test(value))
  if (quoted !== undefined)
    throw new ChangeoverError(
      'bad_usage',
      `supervisord’s environment= cannot hold the quote in ${quoted}; run the stack as a user without one`,
    )
  return {
    name: 'changeover',
    command,
    folder: configFolder,
    user,
    environment: { HOME: home, USER: user },
    startSeconds: 2,
    startRetries: 10,
    stopWaitSeconds: stopTimeoutSeconds(config),
    logFile: '/var/log/changeover.log',
    logMaxMegabytes: 10,
    logBackups: 5,
  }
}
