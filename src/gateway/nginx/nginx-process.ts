import { execFile, spawn } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ChangeoverError } from '../../contracts/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { identify, signalProcess } from '../../run-folder/index.ts'

/** The files of the nginx of a stack. */
export type NginxFiles = { readonly folder: string; readonly config: string; readonly pidFile: string }

const lookMs = 20
const startTimeoutMs = 10_000

export function nginxFiles(runFolder: string): NginxFiles {
  const folder = join(runFolder, 'nginx')
  return { folder, config: join(folder, 'nginx.conf'), pidFile: join(folder, 'nginx.pid') }
}

/** The process id of the nginx that runs with these files, or undefined. It outlives the process that started it. */
export function findNginx(files: NginxFiles): number | undefined {
  const pid = readPid(files.pidFile)
  return pid !== undefined && isMaster(pid, files) ? pid : undefined
}

/** The configuration that was installed last. */
export function readConfig({ config }: NginxFiles): string | undefined {
  try {
    return readFileSync(config, 'utf8')
  } catch {
    return undefined
  }
}

/** Checks a configuration with nginx itself, and installs it. Throws `start_failed` with nginx's output. */
export async function writeConfig(
  program: string,
  { folder, config }: NginxFiles,
  text: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const beside = `${config}.new`
  writeFileSync(beside, text)
  await new Promise<void>((resolve, reject) => {
    execFile(program, ['-t', '-q', '-c', beside, '-e', 'stderr'], (error, _output, said) => {
      if (error === null) resolve()
      else
        reject(
          new ChangeoverError('start_failed', `nginx rejects the configuration ${beside}: ${said.trim()}`),
        )
    })
  })
  renameSync(beside, config)
}

/**
 * Starts nginx on a listening socket, in a process group and a folder of its own. Workers of one that has died serve until
 * then, and are ended gently. Resolves when it is there; throws `start_failed`.
 */
export async function startNginx(program: string, files: NginxFiles, listeningFd: number): Promise<void> {
  const before = listProcesses(files)
  const child = spawn(program, ['-c', files.config, '-e', 'stderr'], {
    cwd: files.folder,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', listeningFd],
    // nginx takes over listening sockets by their numbers: what it does for itself when its program is upgraded.
    env: { ...process.env, NGINX: '3;' },
  })
  child.unref()
  let failure: string | undefined
  child.once('error', (error) => (failure = error.message))
  child.once('exit', (code, signal) => (failure = signal ?? `exit code ${code ?? 'unknown'}`))
  const endMs = performance.now() + startTimeoutMs
  while (findNginx(files) !== child.pid) {
    if (failure !== undefined || performance.now() > endMs)
      throw new ChangeoverError(
        'start_failed',
        `nginx did not start (${failure ?? 'it is silent'}); the log has what it says`,
      )
    await sleep(lookMs)
  }
  for (const one of before) signalProcess(one, 'SIGQUIT')
}

/** Makes a running nginx reload its configuration, or reopen its log files; nothing if the process is another one by now. */
export function tellNginx(pid: number, files: NginxFiles, what: 'reload' | 'reopenLogs'): void {
  const identity = identify(pid)
  if (identity !== undefined && isMaster(pid, files))
    signalProcess(identity, what === 'reload' ? 'SIGHUP' : 'SIGUSR1')
}

/** Stops the nginx of a run folder, when it has answered what is in flight or after `timeoutMs`. Resolves when it has exited, with whether there was one. */
export async function stopNginx(runFolder: string, timeoutMs: number): Promise<boolean> {
  const files = nginxFiles(runFolder)
  let left = listProcesses(files)
  if (left.length === 0) return false
  const endMs = performance.now() + timeoutMs
  for (const one of left) signalProcess(one, 'SIGQUIT')
  while ((left = listProcesses(files)).length > 0) {
    if (performance.now() >= endMs) for (const one of left) signalProcess(one, 'SIGKILL')
    await sleep(lookMs)
  }
  return true
}

/** Every nginx process of a run folder: a worker whose master was killed still serves. */
function listProcesses(files: NginxFiles): ProcessIdentity[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    const identity = pid > 0 ? identify(pid) : undefined
    return identity !== undefined && isOurs(pid, files) ? [identity] : []
  })
}

/**
 * Found by its command line, never by a pid file, whose number may be another nginx's by now: its master was started with our
 * configuration, and it and its workers work in our folder.
 */
function isOurs(pid: number, files: NginxFiles): boolean {
  if (!commandLine(pid).startsWith('nginx:')) return false
  const folder = realPath(files.folder)
  // The working folder of another user's process cannot be read.
  return isMaster(pid, files) || (folder !== undefined && workingFolder(pid) === folder)
}

function isMaster(pid: number, { config }: NginxFiles): boolean {
  return commandLine(pid).startsWith('nginx: master') && commandLine(pid).includes(` -c ${config} `)
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

/** Empty for a process that has exited, also if it is a zombie. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function realPath(folder: string): string | undefined {
  try {
    return realpathSync(folder)
  } catch {
    return undefined
  }
}
