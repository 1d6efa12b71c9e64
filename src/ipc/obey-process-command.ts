import type { LogLevel, ProcessCommand, ProcessUsage, SpawnCommand } from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'

/** What every process of a stack can do. */
export type ProcessLife = {
  /** Starts another process and resolves to its id. */
  readonly spawn: (command: SpawnCommand) => Promise<number>
  /** Exits this process. */
  readonly end: (ending: { readonly isPatient: boolean }) => void
  readonly reopenLogs: () => void
  readonly setLogLevel: (level: LogLevel) => void
  /** Closes the listening sockets that this process only keeps for others. */
  readonly releaseSockets: () => void
  /** What this process uses; its delays are those since the last call. */
  readonly usage: () => ProcessUsage
}

/** Carries out a command that every process obeys; what it returns is the reply. */
export function obeyProcessCommand(
  command: Exclude<ProcessCommand, { readonly do: 'announceStop' }>,
  { spawn, end, reopenLogs, setLogLevel, releaseSockets }: ProcessLife,
): Promise<number> | undefined {
  switch (command.do) {
    case 'spawn':
      return spawn(command)
    case 'reopenLogs':
      reopenLogs()
      return undefined
    case 'setLogLevel':
      setLogLevel(command.level)
      return undefined
    case 'releaseSockets':
      releaseSockets()
      return undefined
    case 'stop':
    case 'retire':
      // After the reply has been sent.
      setImmediate(() => end({ isPatient: command.do === 'retire' }))
      return undefined
    default:
      return refuseCommand(command)
  }
}

/** For the default of a switch over all commands: a command of a later build. Throws `command_unknown`. */
export function refuseCommand(command: never): never {
  const { do: name } = command as { readonly do: string }
  throw new ChangeoverError(
    'command_unknown',
    `this process does not support the command ${name}: it runs an older build; \`changeover reload\` replaces it`,
  )
}
