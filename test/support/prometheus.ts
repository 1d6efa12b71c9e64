import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePorts } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'

/** Debian's Prometheus. */
export type Prometheus = {
  /** The value of an expression, the sum of its vector; NaN if there is none. */
  readonly query: (expression: string) => Promise<number>
  readonly stop: () => Promise<void>
}

/** Scrapes an address each second until it is stopped. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-prometheus-'))
  const [port = 0] = await freePorts(1)
  const configFile = join(folder, 'prometheus.yml')
  writeFileSync(
    configFile,
    `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: changeover, static_configs: [{ targets: ['${target}'] }] }]
`,
  )
  const program = spawn(
    '/usr/bin/prometheus',
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  const query = async (expression: string): Promise<number> => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`
    const { data, error = '' } = (await (await fetch(url)).json()) as {
      data?: { result: readonly { value: readonly [number, string] }[] }
      error?: string
    }
    if (data === undefined) throw new Error(`${expression}: ${error}`)
    if (data.result.length === 0) return NaN
    return data.result.reduce((sum, { value }) => sum + Number(value[1]), 0)
  }
  const stop = async (): Promise<void> => {
    await end(program)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await until('Prometheus has scraped the stack', () =>
      query('up').then(
        (up) => up === 1,
        () => false,
      ),
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { query, stop }
}

async function end(program: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => program.once('exit', resolve))
  if (program.exitCode === null) {
    program.kill('SIGTERM')
    await exited
  }
}

/** What promtool finds wrong. */
export function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('/usr/bin/promtool', args, { input, encoding: 'utf8' })
  return status === 0 ? stderr : `${stdout}${stderr}`
}
