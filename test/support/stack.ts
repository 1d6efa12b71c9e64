import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { runCli } from '../../harness/cli.ts'
import { cliPath, exampleFolder, firstModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { dataPaths } from '../../src/config/index.ts'
import type { DeployEvent, InstanceName, StackStatus } from '../../src/contracts/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import { showLog } from './show-log.ts'

/** A whole stack in a folder of its own, on free ports, as processes of the built program. */
export type Stack = {
  readonly folder: string
  readonly configPath: string
  readonly supervisor: ChildProcess
  readonly gateway: string
  readonly primary: string
  readonly backup: string
  /** Its log, as it would be on a terminal. */
  readonly log: () => string
  /** What it has written to standard error, as it is. */
  readonly standardError: () => string
  readonly status: () => Promise<StackStatus>
  /** Deploys and returns all events, the last of which says how it ended. */
  readonly deploy: (target: string) => Promise<DeployEvent[]>
  readonly cli: (...args: string[]) => ReturnType<typeof runCli>
  readonly stop: () => Promise<number | null>
  /** kill -9 of the supervisor alone; resolves to the same stack once another `up` is ready. */
  readonly superviseAnew: (between?: () => Promise<void>) => Promise<Stack>
}

export type StackOptions = {
  readonly service?: string
  readonly initial?: string
  /** The model's lines of YAML, in place of its initial file and its tokenizer. */
  readonly model?: string
  /** More keys of `rollout`, as YAML within braces: `maxSlowdown: 100`. */
  readonly rollout?: string
  /** More lines of YAML for the configuration. */
  readonly config?: string
  readonly bakeMs?: number
  readonly stepTimeoutMs?: number
  readonly primaryBind?: string
  readonly gatewayKind?: 'own' | 'nginx'
  /** More keys of `gateway`, as YAML within braces. */
  readonly gateway?: string
  /** More flags for `changeover up`. With --error-logfile the file is `error.log` in the stack's folder. */
  readonly flags?: (folder: string) => readonly string[]
  /** Environment variables of all its processes, besides one's own. */
  readonly env?: Readonly<Record<string, string>>
  /** Puts something into the store before the stack starts. */
  readonly prepareStore?: (storePath: string) => void
}

export async function startStack({
  service,
  initial = firstModel,
  model = `initial: ${resolve(initial)}\n    tokenizer: jieba`,
  rollout = '',
  config = '',
  bakeMs = 100,
  stepTimeoutMs = 10_000,
  primaryBind = '127.0.0.1:0',
  gatewayKind = 'own',
  gateway = '',
  flags = () => [],
  env = {},
  prepareStore,
}: StackOptions = {}): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-test-'))
  mkdirSync(join(folder, 'static'))
  const servicePath = join(folder, 'service.ts')
  if (service !== undefined) writeFileSync(servicePath, service)
  const configPath = join(folder, 'changeover.yaml')
  writeFileSync(
    configPath,
    `service: ${service === undefined ? join(exampleFolder, 'service.ts') : servicePath}
models:
  name_question:
    ${model}
    selfTest: [{ text: 您贵姓, label: __label__name }]
primary: { bind: '${primaryBind}' }
backup: { bind: '127.0.0.1:0' }
gateway: { bind: '127.0.0.1:0', static: static, kind: ${gatewayKind}, ${gateway} }
rollout: { bakeMs: ${bakeMs}, stepTimeoutMs: ${stepTimeoutMs}, ${rollout} }
${config}`,
  )
  prepareStore?.(join(folder, '.changeover/store'))
  return superviseStack(folder, configPath, { env, flags: flags(folder) })
}

type Surroundings = { readonly env: Readonly<Record<string, string>>; readonly flags: readonly string[] }

/** Runs `changeover up` over a folder that has a configuration already. */
async function superviseStack(
  folder: string,
  configPath: string,
  surroundings: Surroundings,
): Promise<Stack> {
  let printed = ''
  const supervisor = spawn(process.execPath, [cliPath, 'up', '--config', configPath, ...surroundings.flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...surroundings.env },
  })
  supervisor.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const errorLog = join(folder, 'error.log')
  const log = (): string => showLog(existsSync(errorLog) ? printed + readFileSync(errorLog, 'utf8') : printed)
  const exited = new Promise<number | null>((settle) => supervisor.once('exit', (code) => settle(code)))
  await until('the stack is ready', () => {
    if (supervisor.exitCode !== null) throw new Error(`the stack did not start:\n${log()}`)
    return log().includes('ready; control API')
  })
  const cli = (...args: string[]): ReturnType<typeof runCli> => runCli([...args, '--config', configPath])
  const control = createControlClient(dataPaths(join(folder, '.changeover')).controlSocket)
  const { gateway, instances } = await control.status()
  const address = (name: InstanceName): string =>
    instances.find((instance) => instance.name === name)?.address ?? ''
  return {
    folder,
    configPath,
    supervisor,
    gateway: gateway.address,
    primary: address('primary'),
    backup: address('backup'),
    log,
    standardError: () => printed,
    status: control.status,
    deploy: async (target) => {
      const events: DeployEvent[] = []
      for await (const event of control.deploy({ target })) events.push(event)
      return events
    },
    cli,
    superviseAnew: async (between) => {
      supervisor.kill('SIGKILL')
      await exited
      await between?.()
      return superviseStack(folder, configPath, surroundings)
    },
    stop: async () => {
      supervisor.kill('SIGTERM')
      const code = await exited
      rmSync(folder, { recursive: true, force: true })
      return code
    },
  }
}
