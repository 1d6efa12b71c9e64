import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { Program } from '../processes.ts'
import {
  childrenOf,
  freePorts,
  processTree,
  startProgram,
  stopProgram,
  untilFound,
  untilUp,
} from '../processes.ts'
import type { RunningStack, StackOptions, UpdateSpan } from './running-stack.ts'
import { timeSpan } from './running-stack.ts'

const stackFolder = fileURLToPath(new URL('./tutorial-stack/', import.meta.url))

/**
 * After a refused connection nginx leaves a server alone for 10 s (`fail_timeout`). Who stops the backup sooner has no
 * server left and every request fails; this benchmark grants the course an operator who waits.
 */
const checkMs = 11_000

type Ports = { readonly primary: number; readonly backup: number; readonly gateway: number }

/** One of the two services: its address, and the processes of gunicorn that answer for it now. */
export type CourseService = { readonly address: string; readonly workers: readonly number[] }

export type CourseStack = RunningStack & { readonly services: () => readonly CourseService[] }

/** The course's stack: gunicorn with one worker twice, nginx in front. */
export async function startCourseStack(options: StackOptions): Promise<CourseStack> {
  const [primary = 0, backup = 0, gateway = 0] = await freePorts(3)
  const programs: Program[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map(stopProgram))
  }
  try {
    await startAll({ primary, backup, gateway }, options, programs)
  } catch (error) {
    await stop()
    throw error
  }
  return { ...describe({ primary, backup, gateway }, options, programs), stop }
}

/** Fills `programs` with the primary, the backup and nginx, in this order. */
async function startAll(ports: Ports, options: StackOptions, programs: Program[]): Promise<void> {
  programs.push(startService(ports.primary, options), startService(ports.backup, options))
  await Promise.all(
    [ports.primary, ports.backup].map((port, index) => untilServiceUp(port, programs[index], options)),
  )
  const nginx = startNginx(ports, options)
  programs.push(nginx)
  await untilUp(`http://127.0.0.1:${ports.gateway}/`, nginx, options.signal)
}

function describe(ports: Ports, options: StackOptions, programs: Program[]): Omit<CourseStack, 'stop'> {
  const { signal } = options
  let killed = 0

  /** As the course says: stop one, change its model, start it, check it. */
  const replace = (index: 0 | 1, port: number, modelFile: string): Promise<UpdateSpan> =>
    timeSpan(index === 0 ? 'primary' : 'backup', async () => {
      const old = programs[index]
      if (old !== undefined) await stopProgram(old)
      programs[index] = startService(port, { ...options, modelFile })
      await untilServiceUp(port, programs[index], options)
    })

  return {
    name: 'course',
    direct: `http://127.0.0.1:${ports.primary}`,
    gateway: `http://127.0.0.1:${ports.gateway}`,
    nginx: `http://127.0.0.1:${ports.gateway}`,
    pids: () => programs.flatMap(({ pid }) => processTree(pid)),
    services: () =>
      [ports.primary, ports.backup].map((port, index) => ({
        address: `http://127.0.0.1:${port}`,
        workers: childrenOf(programs[index]?.pid ?? 0),
      })),
    killPrimaryWorker: async () => {
      const findWorker = (): number | undefined =>
        childrenOf(programs[0]?.pid ?? 0).find((pid) => pid !== killed)
      killed = await untilFound("gunicorn's worker", findWorker, signal)
      process.kill(killed, 'SIGKILL')
      return killed
    },
    update: async (modelFile) => {
      const first = await replace(0, ports.primary, modelFile)
      const check = await timeSpan('check', () => sleep(checkMs, undefined, { signal }))
      return { beside: [check], rollout: [first, await replace(1, ports.backup, modelFile)] }
    },
  }
}

function startService(port: number, { folder, modelFile, signal }: StackOptions): Program {
  return startProgram({
    command: '/usr/bin/gunicorn',
    args: ['-w', '1', '-b', `127.0.0.1:${port}`, '--chdir', stackFolder, '-t', '60', 'app:app'],
    env: { MODEL_FILE: modelFile, PYTHONDONTWRITEBYTECODE: '1' },
    logFile: join(folder, `gunicorn-${port}.log`),
    signal,
  })
}

async function untilServiceUp(
  port: number,
  service: Program | undefined,
  { signal }: StackOptions,
): Promise<void> {
  if (service !== undefined) await untilUp(`http://127.0.0.1:${port}/`, service, signal)
}

function startNginx({ primary, backup, gateway }: Ports, { folder, signal }: StackOptions): Program {
  const values: Readonly<Record<string, string | number>> = {
    FOLDER: folder,
    PRIMARY: primary,
    BACKUP: backup,
    GATEWAY: gateway,
  }
  const template = readFileSync(join(stackFolder, 'nginx.conf'), 'utf8')
  const path = join(folder, 'nginx.conf')
  mkdirSync(join(folder, 'static'), { recursive: true })
  writeFileSync(
    path,
    template.replace(/@([A-Z]+)@/g, (_, key: string) => String(values[key])),
  )
  const args = ['-c', path, '-p', folder]
  return startProgram({ command: '/usr/sbin/nginx', args, logFile: join(folder, 'nginx.log'), signal })
}
