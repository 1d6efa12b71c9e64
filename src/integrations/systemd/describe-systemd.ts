import type { Config } from '../../config/schema/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { Installation } from '../installation.ts'
import { commandLine, stopTimeoutSeconds } from '../installation.ts'

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
  readonly dataFolder: SystemdFolder
  /** The folder of the sockets if the configuration names one; undefined if it is in the data folder, or in /tmp. */
  readonly runFolder: SystemdFolder | undefined
  /** False where commands of other processes must see the stack's sockets in /tmp. */
  readonly privateTmp: boolean
  readonly startTimeoutSeconds: number
  readonly stopTimeoutSeconds: number
  readonly watchdogSeconds: number
  readonly maxFiles: number
  readonly maxTasks: number
}

/**
 * Who creates a folder. systemd does if only root can put a link in its place, `name` being below /var/lib for the data
 * and below /run for the sockets; elsewhere the stack's user does, since root would follow a link of theirs.
 */
export type SystemdFolder =
  { readonly madeBy: 'systemd'; readonly name: string } | { readonly madeBy: 'user'; readonly path: string }

export type SystemdSocket = { readonly name: SocketName; readonly listen: string }

export type SocketName = 'gateway' | 'grpc' | 'primary' | 'backup'

/** A large model may have to be published first. */
const startTimeoutSeconds = 300
const watchdogSeconds = 30

/** Files of one process besides its clients' connections: links, models, logs. */
const ownFiles = 1_024

/** Node has about ten threads per process. */
const tasksPerProcess = 32

/** The stack of an installation as units of systemd. Throws `bad_usage` for addresses that systemd cannot or should not open. */
export function describeSystemd(config: Config, installation: Installation): SystemdUnits {
  const { configFolder, dataFolder, runFolder, user } = installation
  const processes = 3 + 2 * config.workers
  return {
    service: {
      start: commandLine(installation, 'up'),
      reload: commandLine(installation, 'reload'),
      folder: configFolder,
      user,
      dataFolder: placeBelow('/var/lib', dataFolder),
      runFolder: config.run === undefined ? undefined : placeBelow('/run', config.run),
      privateTmp: !runFolder.startsWith('/tmp/'),
      startTimeoutSeconds,
      stopTimeoutSeconds: stopTimeoutSeconds(config),
      watchdogSeconds,
      maxFiles: config.http.maxConnections * (config.grpc === undefined ? 1 : 2) + ownFiles,
      maxTasks: processes * tasksPerProcess,
    },
    sockets: describeSockets(config),
  }
}

function describeSockets({ gateway, grpc, primary, backup }: Config): SystemdSocket[] {
  const binds = { gateway, ...(grpc === undefined ? {} : { grpc }), primary, backup }
  return Object.entries(binds).map(([key, { bind }]) => {
    const name = key as SocketName
    return { name, listen: streamAddress(name, bind) }
  })
}

/** What systemd makes is one name: further ones below it could be in a folder of the user's. */
function placeBelow(parent: string, path: string): SystemdFolder {
  const name = path.startsWith(`${parent}/`) ? path.slice(parent.length + 1) : ''
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name) ? { madeBy: 'systemd', name } : { madeBy: 'user', path }
}

/** The address as `ListenStream=` has it. systemd opens it as root, and takes no host names. */
function streamAddress(name: SocketName, bind: string): string {
  const refuse = (why: string): ChangeoverError =>
    new ChangeoverError('bad_usage', `${name}.bind is ${bind}, ${why}`)
  if (bind.startsWith('unix:')) {
    const path = bind.slice('unix:'.length)
    if (!isRootsPath(path))
      throw refuse(
        'and systemd creates that socket as root and would follow links in its path; choose unix:/run/NAME.sock or unix:/run/FOLDER/NAME.sock',
      )
    return path
  }
  if (/:0+$/.test(bind))
    throw refuse('a port that changes at each start; set a fixed one, since systemd opens it')
  const address = bind.replace(/^:/, '0.0.0.0:').replace(/^localhost:/, '127.0.0.1:')
  if (!/^(\[[\dA-Fa-f:.]+(%[\w.-]+)?\]|\d+(\.\d+){3}):\d+$/.test(address))
    throw refuse('and systemd opens numeric addresses only; write it as 127.0.0.1:5001 or [::1]:5001')
  return address
}

/** Below /run, with one folder at most between: only root can put a link in the place of that one. */
function isRootsPath(path: string): boolean {
  const names = path.split('/')
  return (
    path.startsWith('/run/') &&
    (names.length === 3 || (names.length === 4 && names[2] !== 'user')) &&
    !names.slice(1).some((name) => name === '' || name === '.' || name === '..')
  )
}
