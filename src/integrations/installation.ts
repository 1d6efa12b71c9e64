import type { Config } from '../config/schema/index.ts'
import { longestStackStopMs } from '../config/schema/index.ts'

/** Where the program and the stack of a configuration are on this machine, and whose they are. */
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

/** What the supervisor itself may take to end. */
const ownSeconds = 5

/** How long whoever stops a stack has to wait before it is killed. */
export function stopTimeoutSeconds(config: Config): number {
  return Math.ceil(longestStackStopMs(config) / 1_000) + ownSeconds
}

/** The command line of `changeover COMMAND` for the stack of an installation. */
export function commandLine({ command, configPath }: Installation, name: string): readonly string[] {
  return [...command, name, '--config', configPath]
}
