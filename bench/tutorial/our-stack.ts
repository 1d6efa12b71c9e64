import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { StackStatus } from '../../src/contracts/index.ts'
import { exampleFolder } from './models.ts'
import { freePorts, processTree, start, stop, untilUp } from './processes.ts'
import type { RunningStack } from './processes.ts'

const cli = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url))
const run = promisify(execFile)

/** Long enough to see the primary on live traffic, short enough that the update lies in the load's window. */
const bakeMs = 2_000

/** This program: `changeover up`, one worker an instance. */
export async function startOurStack(
  folder: string,
  models: readonly [string, string],
): Promise<RunningStack> {
  const [primary = 0, backup = 0, gateway = 0] = await freePorts(3)
  const config = join(folder, 'changeover.yaml')
  writeFileSync(
    config,
    `service: ${join(exampleFolder, 'service.ts')}
models: { name_question: { initial: ${models[0]} } }
data: ${join(folder, 'data')}
primary: { bind: '127.0.0.1:${primary}' }
backup: { bind: '127.0.0.1:${backup}' }
gateway: { bind: '127.0.0.1:${gateway}' }
rollout: { bakeMs: ${bakeMs} }
`,
  )
  const supervisor = start(process.execPath, [cli, 'up', '--config', config])
  await untilUp(`http://127.0.0.1:${gateway}/`)
  const call = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [cli, ...args, '--config', config])).stdout
  const status = async (): Promise<StackStatus> => JSON.parse(await call('status', '--json')) as StackStatus
  let primaryPid = (await status()).instances[0]?.workers[0]?.pid

  return {
    name: 'changeover',
    direct: `http://127.0.0.1:${primary}`,
    gateway: `http://127.0.0.1:${gateway}`,
    pids: () => processTree(supervisor.pid ?? 0),
    killPrimaryWorker: () => {
      if (primaryPid !== undefined) process.kill(primaryPid, 'SIGKILL')
      primaryPid = undefined
      void status().then(({ instances }) => (primaryPid = instances[0]?.workers[0]?.pid))
    },
    update: async () => {
      const begunMs = performance.now()
      await call('deploy', models[1])
      return performance.now() - begunMs
    },
    stop: () => stop(supervisor),
  }
}
