import { ChangeoverError } from '../../contracts/index.ts'
import type { Config } from '../../contracts/index.ts'
import { commandLine, stopTimeoutSeconds } from '../installation.ts'
import type { Installation } from '../installation.ts'

/** What systemd has to do: the stack as a service, and a socket for each of its ports. */
export type SystemdUnits = {
  readonly service: SystemdService
  readonly sockets: readonly SystemdSocket[]
}

export type SystemdService = {
  readonly start: readonly string[]
  readonly reload: readonly string[]
  readonly folder: string
  readonly user: string
  readonly dataFolder: string
  /** False where commands of other processes must see the stack's sockets in /tmp. */
  readonly privateTmp: boolean
  readonly startTimeoutSeconds: number
  readonly stopTimeoutSeconds: number
  readonly watchdogSeconds: number
  readonly maxFiles: number
  readonly maxTasks: number
}

export type SystemdSocket = { readonly name: SocketName; readonly listen: string }

const socketNames = ['gateway', 'primary', 'backup'] as const
export type SocketName = (typeof socketNames)[number]

/** A large model may have to be published first. */
const startTimeoutSeconds = 300
const watchdogSeconds = 30

/** Files of one process that are no client's: links, models, logs. */
const ownFiles = 1_024

/** Node has some ten threads a process. */
const tasksPerProcess = 32

/** The stack of an installation as units of systemd. Throws `bad_usage` for a port that is chosen anew at each start. */
export function describeSystemd(config: Config, installation: Installation): SystemdUnits {
  const { configFolder, dataFolder, runFolder, user } = installation
  const processes = 3 + 2 * config.workers
  return {
    service: {
      start: commandLine(installation, 'up'),
      reload: commandLine(installation, 'reload'),
      folder: configFolder,
      user,
      dataFolder,
      privateTmp: !runFolder.startsWith('/tmp/'),
      startTimeoutSeconds,
      stopTimeoutSeconds: stopTimeoutSeconds(config),
      watchdogSeconds,
      maxFiles: config.http.maxConnections + ownFiles,
      maxTasks: processes * tasksPerProcess,
    },
    sockets: socketNames.map((name) => ({ name, listen: streamAddress(name, config[name].bind) })),
  }
}

function streamAddress(name: SocketName, bind: string): string {
  if (/:0+$/.test(bind))
    throw new ChangeoverError(
      'bad_usage',
      `${name}.bind is ${bind}, a port that is chosen anew at each start; give it a fixed one, since systemd opens it`,
    )
  if (bind.startsWith('unix:')) return bind.slice('unix:'.length)
  return bind.replace(/^:/, '0.0.0.0:').replace(/^localhost:/, '127.0.0.1:')
}
