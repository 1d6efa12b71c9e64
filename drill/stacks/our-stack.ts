import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DrillModel, ModelFile } from '../../harness/models/choose-models.ts'
import { freePorts, untilFound } from '../../harness/processes.ts'
import { cliFile } from '../../harness/stacks/our-stack.ts'
import { dataPaths } from '../../src/config/index.ts'
import type { Config } from '../../src/config/schema/index.ts'
import type { StackStatus } from '../../src/contracts/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import type { Front, FrontDoor } from './front-door.ts'
import { gatewayKind, openFrontDoor } from './front-door.ts'
import type { Stack, Worker } from './stack.ts'
import type { Run, Supervised } from './supervised.ts'
import { superviseAlone, superviseBySupervisord } from './supervised.ts'

export type CommandResult = { readonly code: number | null; readonly output: string }

/** This program, run by its command: what the drills of our own promises need besides. */
export type OurStack = Stack & {
  readonly status: () => Promise<StackStatus>
  /** Runs `changeover NAME …` for this stack to its end. */
  readonly command: (...args: readonly string[]) => Promise<CommandResult>
  /** Waits until no rollout is in progress and one version of the drilled model serves everywhere; resolves to that. Throws after a minute. */
  readonly untilServing: () => Promise<string>
  /** kill -9 of the supervisor alone; resolves when it has ended. */
  readonly killSupervisor: () => Promise<void>
  /** Starts `changeover up` again, as it was started first. Resolves when it answers commands; throws with its log if it does not. */
  readonly startSupervisor: () => Promise<void>
}

export type OurStackOptions = {
  readonly config: Config
  readonly model: DrillModel
  readonly front: Front
  /** Whether Debian's supervisord runs it; if not, the drill itself does. */
  readonly isUnderSupervisord: boolean
  /** A folder of the stack's own, removed by the caller. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** Long enough to see the primary on live traffic, short enough for a hundred rollouts. */
const maxBakeMs = 300

/** Starts a stack of its own with the configuration's service, models and limits: free ports, a data folder of its own. */
export async function startOurs(options: OurStackOptions): Promise<OurStack> {
  const { config, model, front, isUnderSupervisord, folder, signal } = options
  const [primary = 0, backup = 0, gateway = 0, listen = 0] = await freePorts(4)
  const data = join(folder, 'data')
  const path = join(folder, 'changeover.yaml')
  const own: Config = {
    ...config,
    models: withInitial(config, model),
    data,
    primary: { ...config.primary, bind: `127.0.0.1:${primary}` },
    backup: { ...config.backup, bind: `127.0.0.1:${backup}` },
    gateway: { ...config.gateway, kind: gatewayKind(front), bind: `127.0.0.1:${gateway}` },
    rollout: { ...config.rollout, bakeMs: Math.min(config.rollout.bakeMs, maxBakeMs) },
  }
  mkdirSync(folder, { recursive: true })
  // JSON is YAML too, and quotes any path rightly.
  writeFileSync(path, JSON.stringify(own))
  const run: Run = { path, folder, signal, status: createControlClient(dataPaths(data).controlSocket).status }
  const supervised = await (isUnderSupervisord ? superviseBySupervisord(run) : superviseAlone(run))
  try {
    await untilReady(run, config.workers)
    const ports = { primary, backup, gateway, listen }
    const door = await openFrontDoor(front, { config: own, ports, folder })
    return describe(run, { door, supervised, workerCount: config.workers, model: model.model })
  } catch (error) {
    await supervised.stop()
    throw error
  }
}

type Parts = {
  readonly door: FrontDoor
  readonly supervised: Supervised
  readonly workerCount: number
  readonly model: string
}

function describe(run: Run, { door, supervised, workerCount, model }: Parts): OurStack {
  const published = new Set<string>()
  const command = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand([...args, '--config', run.path])
  return {
    name: 'changeover',
    address: { host: '127.0.0.1', port: door.port },
    answerTimeoutMs: door.answerTimeoutMs,
    namesVersions: true,
    status: run.status,
    command,
    workers: async () => workersOf(await run.status()),
    untilReady: () => untilReady(run, workerCount),
    untilServing: async () => {
      const look = async (): Promise<string | undefined> => {
        const status = await run.status().catch(() => undefined)
        return isReady(status, workerCount) === undefined ? undefined : servingEverywhere(status, model)
      }
      return untilFound('one version that serves everywhere', look, run.signal)
    },
    deploy: async ({ version, file }: ModelFile) => {
      const { code, output } = await command('deploy', published.has(version) ? version : file)
      if (code !== 0) throw new Error(`changeover deploy ${version} exited with ${code}:\n${output}`)
      published.add(version)
    },
    killSupervisor: supervised.kill,
    startSupervisor: supervised.startAgain,
    stop: async () => {
      await door.close()
      await supervised.stop()
      // What a supervisor that was killed has left behind.
      await command('down')
    },
  }
}

function withInitial(config: Config, { model, files: [first] }: DrillModel): Config['models'] {
  return Object.fromEntries(
    Object.entries(config.models).map(([name, settings]) => [
      name,
      name === model ? { ...settings, initial: first.file } : settings,
    ]),
  )
}

function workersOf({ instances }: StackStatus): Worker[] {
  return instances.flatMap(({ name, workers }) =>
    workers.flatMap((worker) => (worker === null ? [] : [{ instance: name, pid: worker.pid }])),
  )
}

async function untilReady({ status, signal }: Run, workerCount: number): Promise<void> {
  const look = async (): Promise<true | undefined> =>
    isReady(await status().catch(() => undefined), workerCount)
  await untilFound('a worker that serves in every place', look, signal)
}

/** A paused instance serves all the same, as far as its processes go: a rollout pauses one. */
function isReady(status: StackStatus | undefined, workerCount: number): true | undefined {
  const traffic = status?.gateway.status?.instances
  if (status === undefined || traffic === undefined) return undefined
  const isWhole = workersOf(status).length === status.instances.length * workerCount
  return isWhole && Object.values(traffic).every(({ readyWorkers }) => readyWorkers === workerCount)
    ? true
    : undefined
}

/** The version that the pointer names, where every worker serves it and nothing is rolled out. */
function servingEverywhere(status: StackStatus | undefined, model: string): string | undefined {
  const active = status?.models.find((pointer) => pointer.model === model)?.active
  const served = status?.instances.flatMap(({ workers }) =>
    workers.map((worker) => worker?.served.find((version) => version.model === model)?.version),
  )
  return status?.rollout === null && served?.every((version) => version === active) ? active : undefined
}

function runCommand(args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cliFile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const add = (text: string): void => void (output += text)
    child.stdout.setEncoding('utf8').on('data', add)
    child.stderr.setEncoding('utf8').on('data', add)
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}
