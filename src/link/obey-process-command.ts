import type { ProcessCommand, SpawnCommand } from '../contracts/index.ts'

/** What every process of a stack can do, whatever its part in it. */
export type ProcessLife = {
  /** Starts another process and resolves to its id. */
  readonly spawn: (command: SpawnCommand) => Promise<number>
  /** Ends this process. */
  readonly end: (ending: { readonly isPatient: boolean }) => void
  readonly reopenLogs: () => void
}

/** Carries out a command that every process obeys; what it returns is the reply. */
export function obeyProcessCommand(
  command: ProcessCommand,
  { spawn, end, reopenLogs }: ProcessLife,
): Promise<number> | undefined {
  switch (command.do) {
    case 'spawn':
      return spawn(command)
    case 'reopenLogs':
      reopenLogs()
      return undefined
    case 'stop':
    case 'retire':
      // After the reply has gone.
      setImmediate(() => end({ isPatient: command.do === 'retire' }))
      return undefined
  }
}
