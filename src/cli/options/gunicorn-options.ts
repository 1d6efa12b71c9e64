import { resolve } from 'node:path'

import type { Command } from 'commander'

import type { LoadedConfig } from '../../config/index.ts'
import { loadConfig } from '../../config/index.ts'
import type { Config } from '../../config/schema/index.ts'
import type { LogFiles } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { LoadRoutes } from '../commands/generate.ts'
import { printLine } from '../output/output.ts'
import { printAside } from '../output/terminal.ts'
import type { ConfigOption } from './config-option.ts'
import { withConfig } from './config-option.ts'
import { refuseGunicornFlags } from './refuse-gunicorn-flags.ts'

/** What `serve` and `up` start with. */
export type StartOptions = {
  /** The configuration, with the values of the flags. */
  readonly loaded: LoadedConfig
  /** Reads the configuration again; the flags still apply. */
  readonly loadAgain: () => Promise<Config>
  /** The addresses of the flags; undefined if there are none. */
  readonly binds: readonly string[] | undefined
  readonly logFiles: LogFiles
  /** Where to write the process id; undefined for nowhere. */
  readonly pidFile: string | undefined
}

export type Start = (options: StartOptions) => Promise<void>

export type GunicornFlagsOptions = {
  readonly bindHelp: string
  /** The configuration with the addresses of the flags in place of its own, if it has a key for them. */
  readonly bindAt: (config: Config, binds: readonly string[]) => Config
  readonly start: Start
  readonly loadRoutes: LoadRoutes
}

type Options = ConfigOption & {
  readonly workers?: string
  readonly bind?: readonly string[]
  readonly chdir?: string
  readonly timeout?: string
  readonly gracefulTimeout?: string
  readonly maxRequests?: string
  readonly maxRequestsJitter?: string
  readonly accessLogfile?: string
  readonly errorLogfile?: string
  readonly pid?: string
  readonly checkConfig?: true
}

/** Adds the flags of gunicorn that have a meaning here to a command that starts processes; the others are refused. */
export function startWithGunicornFlags(
  command: Command,
  { bindHelp, bindAt, start, loadRoutes }: GunicornFlagsOptions,
): void {
  withConfig(command)
    .option('-w, --workers <count>', 'worker processes per instance (default: workers of the configuration)')
    .option('-b, --bind <host:port>', bindHelp, (bind: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      bind,
    ])
    .option('--chdir <folder>', 'change to this folder first')
    .option(
      '-t, --timeout <seconds>',
      'kill and restart a process that does not respond for this long; 0 for never (default: hangTimeoutMs)',
    )
    .option(
      '--graceful-timeout <seconds>',
      'how long a stopping process may still answer (default: stopTimeoutMs)',
    )
    .option('--max-requests <count>', 'replace a worker after this many answers; 0 for never')
    .option('--max-requests-jitter <count>', 'up to this many more, drawn for each worker')
    .option('--access-logfile <file>', 'write a line for each answer; - for standard output')
    .option('--log-file, --error-logfile <file>', 'write the log there, in place of standard error')
    .option('-p, --pid <file>', 'write the process id to this file while it runs')
    .option('--check-config', 'check the configuration and the service file, and exit')
    .action(async (options: Options) => {
      warnOfEnvironment(process.env)
      if (options.chdir !== undefined) changeFolder(options.chdir)
      const binds = options.bind?.map(absoluteBind)
      const override = readOverride(options)
      const load = async (path: string | undefined): Promise<LoadedConfig> => {
        const loaded = await loadConfig(path)
        const config = override(loaded.config)
        return { ...loaded, config: binds === undefined ? config : bindAt(config, binds) }
      }
      const loaded = await load(options.config)
      if (options.checkConfig === true) await check(loaded, loadRoutes)
      else
        await start({
          loaded,
          loadAgain: async () => (await load(loaded.path)).config,
          binds,
          logFiles: {
            access: absoluteLog(options.accessLogfile),
            error: absoluteLog(options.errorLogfile),
          },
          pidFile: options.pid,
        })
    })
  refuseGunicornFlags(command)
}

/** gunicorn takes flags from there too; here nothing reads them. */
function warnOfEnvironment({ GUNICORN_CMD_ARGS: flags = '' }: NodeJS.ProcessEnv): void {
  if (flags.trim() !== '')
    printAside(
      `changeover: GUNICORN_CMD_ARGS is not read (${flags}); give its flags on the command line; \`changeover adopt\` shows what takes their place\n`,
    )
}

/** The values of the flags that replace keys of the configuration. Throws `bad_usage`. */
function readOverride(options: Options): (config: Config) => Config {
  const workers = readCount('-w', options.workers, 1)
  const hangSeconds = readCount('-t', options.timeout, 0)
  const stopSeconds = readCount('--graceful-timeout', options.gracefulTimeout, 0)
  const maxRequests = readCount('--max-requests', options.maxRequests, 0)
  const maxRequestsJitter = readCount('--max-requests-jitter', options.maxRequestsJitter, 0)
  return (config) => ({
    ...config,
    workers: workers ?? config.workers,
    hangTimeoutMs: hangSeconds === undefined ? config.hangTimeoutMs : hangSeconds * 1_000 || Infinity,
    stopTimeoutMs: stopSeconds === undefined ? config.stopTimeoutMs : stopSeconds * 1_000,
    maxRequests: maxRequests ?? config.maxRequests,
    maxRequestsJitter: maxRequestsJitter ?? config.maxRequestsJitter,
  })
}

function readCount(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text) && Number(text) >= least) return Number(text)
  throw new ChangeoverError('bad_usage', `${flag} takes a whole number from ${least} on, not “${text}”`)
}

async function check({ path, config }: LoadedConfig, loadRoutes: LoadRoutes): Promise<void> {
  const { length } = (await loadRoutes(config.service)).filter(({ isBuiltIn }) => isBuiltIn !== true)
  printLine(`${path}: ok, ${length} ${length === 1 ? 'route' : 'routes'}`)
}

function changeFolder(folder: string): void {
  try {
    process.chdir(folder)
  } catch (error) {
    throw new ChangeoverError('bad_usage', `--chdir: there is no folder ${folder}`, { cause: error })
  }
}

function absoluteBind(bind: string): string {
  return bind.startsWith('unix:') ? `unix:${resolve(bind.slice('unix:'.length))}` : bind
}

function absoluteLog(path: string | undefined): string | undefined {
  return path === undefined || path === '-' ? path : resolve(path)
}
