import type { Config } from '../config/schema/index.ts'
import { maxStackStopMs } from '../config/schema/index.ts'

/** The paths and the owner of the program and of a configuration's stack on this machine. */
export type Installation = {
  /** What begins the command line: Node and the program's file. */
  readonly command: readonly string[]
  readonly configPath: string
  readonly configFolder: string
  readonly dataFolder: string
  /** The folder of the sockets, which is not always in the data folder. */
  readonly runFolder: string
  readonly user: string
  readonly home: string
}

/** How long the supervisor itself may take to exit. */
const ownSeconds = 5

/** How long to wait for a stack to stop before it is killed. */
export function stopTimeoutSeconds(config: Config): number {
  return Math.ceil(maxStackStopMs(config) / 1_000) + ownSeconds
}

/** The command line of `changeover COMMAND` for the stack of an installation. */
export function commandLine({ command, configPath }: Installation, name: string): readonly string[] {
  return [...command, name, '--config', configPath]
}
