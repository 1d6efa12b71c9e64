import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { dataPaths } from '../../src/config/index.ts'
import type { ControlClient } from '../../src/control-api/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import { exampleFolder } from '../models/example-models.ts'
import { freePorts, processTree, startProgram, stopProgram, untilFound, untilUp } from '../processes.ts'
import { startNginx, writeMainConfig } from './nginx.ts'
import { writeGeneratedSite } from './nginx-sites.ts'
import type { HotUpdate, RunningStack, StackOptions, UpdateSpan } from './running-stack.ts'

export const cliFile = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url))

/** Long enough to see the primary on live traffic, short enough that the update lies in the load's window. */
const bakeMs = 1_000

/** This program with the course's service: `changeover up`, one worker an instance, and nginx in front of them beside its own gateway. */
export async function startOurStack({ folder, modelFile, signal }: StackOptions): Promise<RunningStack> {
  const settings = {
    service: join(exampleFolder, 'service.ts'),
    models: { name_question: { initial: modelFile, tokenizer: 'jieba' } },
    rollout: { bakeMs },
  }
  const changeover = await startChangeover(folder, settings, signal)
  const { pid, direct, gateway, data } = changeover
  const nginx = await startNginxInFront(changeover, folder)
  const control = createControlClient(dataPaths(data).controlSocket)
  return {
    name: 'changeover',
    direct,
    gateway,
    nginx: nginx.address,
    pids: () => processTree(pid),
    killPrimaryWorker: createKiller(control, signal),
    update: (file) => deploy(control, file),
    stop: async () => {
      await nginx.stop()
      await changeover.stop()
    },
  }
}

/** Debian's nginx with what `changeover generate nginx` prints for a running stack. Stops the stack where that does not start. */
async function startNginxInFront(
  { config, stop }: RunningChangeover,
  folder: string,
): Promise<{ readonly address: string; readonly stop: () => Promise<void> }> {
  try {
    const [port = 0] = await freePorts(1)
    const own = join(folder, 'nginx')
    mkdirSync(own)
    const nginx = await startNginx(writeMainConfig(own, await writeGeneratedSite(config, port, own)), port)
    return { address: `http://127.0.0.1:${port}`, stop: nginx.stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the program is started with, besides its data and ports. */
type Settings = {
  readonly service: string
  readonly models: object
  readonly rollout?: object
  readonly grpc?: { readonly bind: string }
  readonly metrics?: { readonly bind: string }
}

/** The program that is started, if it is not the build itself, and more flags for it. */
type StartedProgram = { readonly cli?: string; readonly flags?: readonly string[] }

export type RunningChangeover = {
  readonly pid: number
  /** What it was started with. */
  readonly config: Settings & { readonly gateway: { readonly bind: string } }
  /** The addresses of the primary itself, and of the front door. */
  readonly direct: string
  readonly gateway: string
  readonly data: string
  readonly stop: () => Promise<void>
}

/** Runs `changeover up` in a folder, on free ports. */
export async function startChangeover(
  folder: string,
  settings: Settings,
  signal: AbortSignal,
  { cli = cliFile, flags = [] }: StartedProgram = {},
): Promise<RunningChangeover> {
  const [primary = 0, backup = 0, gateway = 0] = await freePorts(3)
  const path = join(folder, 'changeover.yaml')
  const data = join(folder, 'data')
  const config = {
    ...settings,
    data,
    primary: { bind: `127.0.0.1:${primary}` },
    backup: { bind: `127.0.0.1:${backup}` },
    gateway: { bind: `127.0.0.1:${gateway}` },
  }
  // JSON is YAML too, and quotes any path rightly.
  writeFileSync(path, JSON.stringify(config))
  const args = [cli, 'up', '--config', path, ...flags]
  const logFile = join(folder, 'changeover.log')
  const supervisor = startProgram({ command: process.execPath, args, logFile, signal })
  const stop = (): Promise<void> => stopProgram(supervisor)
  try {
    await untilUp(`http://127.0.0.1:${gateway}/`, supervisor, signal)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pid: supervisor.pid,
    config,
    direct: `http://127.0.0.1:${primary}`,
    gateway: `http://127.0.0.1:${gateway}`,
    data,
    stop,
  }
}

/** The store of a stack that was started in a folder. */
export function storePath(folder: string): string {
  return dataPaths(join(folder, 'data')).store
}

function createKiller(control: ControlClient, signal: AbortSignal): () => Promise<number> {
  let killed = 0
  const findWorker = async (): Promise<number | undefined> => {
    const { instances } = await control.status()
    const worker = instances.find(({ name }) => name === 'primary')?.workers[0]
    return worker?.pid === killed ? undefined : worker?.pid
  }
  return async () => {
    killed = await untilFound("the primary's worker", findWorker, signal)
    process.kill(killed, 'SIGKILL')
    return killed
  }
}

/** What `changeover deploy FILE` asks of the supervisor, with the time of every step. */
async function deploy(control: ControlClient, file: string): Promise<HotUpdate> {
  const spans: UpdateSpan[] = []
  for await (const event of control.deploy({ target: file })) {
    const endedMs = performance.now()
    if (event.type === 'end' && !event.ok) throw new Error(`the deploy failed: ${event.error.message}`)
    if (event.type === 'step' && event.state !== 'started')
      spans.push({ name: event.step, begunMs: endedMs - event.durationMs, endedMs })
  }
  return {
    beside: spans.filter(({ name }) => isBeside(name)),
    rollout: spans.filter(({ name }) => !isBeside(name)),
  }
}

/** Publishing and the gates are the work of a process of its own, while every instance serves. */
function isBeside(step: string): boolean {
  return step === 'publish' || step.startsWith('gate ')
}
