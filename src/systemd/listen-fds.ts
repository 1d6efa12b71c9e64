/** A listening socket that a service manager has opened and passed to this process. */
export type ListenFd = { readonly fd: number; readonly name: string }

type Environment = Record<string, string | undefined>

const firstFd = 3

/**
 * The sockets that are passed by `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`, by sd_listen_fds(3). The variables are taken
 * out of `env`, so that children do not take them for theirs.
 */
export function takeListenFds(env: Environment, pid: number): readonly ListenFd[] {
  const { LISTEN_PID: forPid, LISTEN_FDS: count = '', LISTEN_FDNAMES: names = '' } = env
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) Reflect.deleteProperty(env, name)
  if (forPid !== String(pid) || !/^\d{1,4}$/.test(count)) return []
  const nameList = names.split(':')
  return Array.from({ length: Number(count) }, (_, index) => ({
    fd: firstFd + index,
    name: nameList[index] ?? 'unknown',
  }))
}
