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

/** How long a stack may take to stop: the gateway, then the instances, have 15 s each before they are killed. */
export const stopTimeoutSeconds = 35

/** The command line of `changeover COMMAND` for the stack of an installation. */
export function commandLine({ command, configPath }: Installation, name: string): readonly string[] {
  return [...command, name, '--config', configPath]
}
