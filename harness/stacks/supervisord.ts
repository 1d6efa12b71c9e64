import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Debian's supervisord, with a configuration of its own. */
export type Supervisord = {
  readonly hasExited: () => boolean
  /** Runs supervisorctl; returns what it says. */
  readonly ctl: (...args: readonly string[]) => string
  /** Ends its programs, then itself. */
  readonly stop: () => Promise<void>
}

/** Runs supervisord with sections for its programs, and everything of its own within a folder. */
export function startSupervisord(folder: string, sections: string): Supervisord {
  const path = join(folder, 'supervisord.conf')
  const socket = join(folder, 'supervisor.sock')
  writeFileSync(
    path,
    `[supervisord]
nodaemon=true
logfile=${join(folder, 'supervisord.log')}
pidfile=${join(folder, 'supervisord.pid')}
childlogdir=${folder}
[unix_http_server]
file=${socket}
[supervisorctl]
serverurl=unix://${socket}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
${sections}`,
  )
  const child = spawn('/usr/bin/supervisord', ['-c', path], { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    ctl: (...args) => spawnSync('/usr/bin/supervisorctl', ['-c', path, ...args], { encoding: 'utf8' }).stdout,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}
