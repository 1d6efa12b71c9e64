import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import { until } from '../until.ts'

export type Nginx = { readonly stop: () => Promise<void> }

const program = '/usr/sbin/nginx'

/**
 * A main configuration that includes a file for the `http` block, all within a folder. Processes and events are those of
 * the course's file (`harness/stacks/tutorial-stack/nginx.conf`) by default, so that both can be compared.
 */
export function writeMainConfig(folder: string, siteFile: string, workerConnections = 1_024): string {
  const path = join(folder, 'main.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `    ${name}_temp_path ${join(folder, name)};\n`,
  )
  writeFileSync(
    path,
    `pid ${join(folder, 'main.pid')};
error_log ${join(folder, 'error.log')};
daemon off;
worker_processes 1;
events {
    worker_connections ${workerConnections};
}
http {
    access_log off;
${temporary.join('')}    include ${siteFile};
}
`,
  )
  return path
}

/** What nginx itself says about a configuration. */
export function checkNginx(configPath: string): { readonly code: number | null; readonly text: string } {
  const { status, stderr } = spawnSync(program, ['-t', '-c', configPath], { encoding: 'utf8' })
  return { code: status, text: stderr }
}

/** Runs nginx until it accepts on a port of 127.0.0.1. */
export async function startNginx(configPath: string, port: number): Promise<Nginx> {
  const child = spawn(program, ['-c', configPath], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  try {
    await until('nginx accepts', async () => {
      if (child.exitCode !== null) throw new Error(`nginx did not start: ${log}`)
      return accepts(port)
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
