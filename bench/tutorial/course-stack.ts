import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { childrenOf, freePorts, processTree, start, stop, untilUp } from './processes.ts'
import type { RunningStack } from './processes.ts'

const stackFolder = fileURLToPath(new URL('../tutorial-stack/', import.meta.url))

/** nginx leaves a server that refused a connection alone for 10 s (fail_timeout): who checks the primary by hand takes longer. */
const checkMs = 11_000

/** The course's stack: gunicorn with one worker twice, nginx in front. */
export async function startCourseStack(
  folder: string,
  models: readonly [string, string],
): Promise<RunningStack> {
  const [primary = 0, backup = 0, gateway = 0] = await freePorts(3)
  const services: [ChildProcess, ChildProcess] = [
    startService(primary, models[0]),
    startService(backup, models[0]),
  ]
  await Promise.all([untilUp(`http://127.0.0.1:${primary}/`), untilUp(`http://127.0.0.1:${backup}/`)])
  const nginx = startNginx(folder, { FOLDER: folder, PRIMARY: primary, BACKUP: backup, GATEWAY: gateway })
  await untilUp(`http://127.0.0.1:${gateway}/`)

  /** As the course says: stop one, change its model, start it, check it. */
  const replace = async (index: 0 | 1, port: number): Promise<void> => {
    await stop(services[index])
    services[index] = startService(port, models[1])
    await untilUp(`http://127.0.0.1:${port}/`)
  }

  return {
    name: 'course',
    direct: `http://127.0.0.1:${primary}`,
    gateway: `http://127.0.0.1:${gateway}`,
    pids: () => [...services, nginx].flatMap(({ pid }) => (pid === undefined ? [] : processTree(pid))),
    killPrimaryWorker: () => {
      const [worker] = childrenOf(services[0].pid ?? 0)
      if (worker !== undefined) process.kill(worker, 'SIGKILL')
    },
    update: async () => {
      const begunMs = performance.now()
      await replace(0, primary)
      await sleep(checkMs)
      await replace(1, backup)
      return performance.now() - begunMs
    },
    stop: async () => {
      await stop(nginx)
      await Promise.all(services.map(stop))
    },
  }
}

function startService(port: number, model: string): ChildProcess {
  const args = ['-w', '1', '-b', `127.0.0.1:${port}`, '--chdir', stackFolder, '-t', '60', 'app:app']
  return start('/usr/bin/gunicorn', args, { MODEL_FILE: model, PYTHONDONTWRITEBYTECODE: '1' })
}

function startNginx(folder: string, values: Readonly<Record<string, string | number>>): ChildProcess {
  const template = readFileSync(join(stackFolder, 'nginx.conf'), 'utf8')
  const path = join(folder, 'nginx.conf')
  mkdirSync(join(folder, 'static'), { recursive: true })
  writeFileSync(
    path,
    template.replace(/@([A-Z]+)@/g, (_, key: string) => String(values[key])),
  )
  return start('/usr/sbin/nginx', ['-c', path, '-p', folder])
}
