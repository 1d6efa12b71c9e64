import { resolve } from 'node:path'

import type { Command } from 'commander'

import type { LoadedConfig } from '../../config/index.ts'
import { loadConfig } from '../../config/index.ts'
import type { Config } from '../../config/schema/index.ts'
import { logLevels } from '../../config/schema/index.ts'
import type { LogFiles, LogLevel } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { LoadRoutes } from '../commands/generate.ts'
import type { GivenModels, GivenOptions } from '../input/given/given-models.ts'
import { printLine } from '../output/output.ts'
import { printAside } from '../output/terminal.ts'
import { withConfig } from './config-option.ts'
import { logLevel } from './log-level.ts'
import { refuseGunicornFlags } from './refuse-gunicorn-flags.ts'
import { wholeNumber } from './whole-number.ts'

/** So that a time in milliseconds still fits a timer. */
const max = 999_999

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
  /** The model files of the command line; undefined if a configuration file says what is served. */
  readonly given: GivenModels | undefined
}

export type Start = (options: StartOptions) => Promise<void>

export type GunicornFlagsOptions = {
  readonly bindHelp: string
  /** The configuration with the addresses of the flags in place of its own, if it has a key for them. */
  readonly bindAt: (config: Config, binds: readonly string[]) => Config
  readonly start: Start
  readonly loadRoutes: LoadRoutes
  /** Reads the arguments of the command, if it takes any. */
  readonly openGiven?: (files: readonly string[], options: GivenOptions) => Promise<GivenModels | undefined>
}

type Options = GivenOptions & {
  readonly workers?: number
  readonly bind?: readonly string[]
  readonly chdir?: string
  readonly timeout?: number
  readonly gracefulTimeout?: number
  readonly maxRequests?: number
  readonly maxRequestsJitter?: number
  readonly accessLogfile?: string
  readonly errorLogfile?: string
  readonly logLevel?: LogLevel
  readonly pid?: string
  readonly checkConfig?: true
}

/** Adds the flags of gunicorn that have a meaning here to a command that starts processes; the others are refused. */
export function startWithGunicornFlags(
  command: Command,
  { bindHelp, bindAt, start, loadRoutes, openGiven }: GunicornFlagsOptions,
): void {
  withConfig(command)
    .option(
      '-w, --workers <count>',
      'worker processes per instance (default: workers of the configuration)',
      wholeNumber('-w', { min: 1, max }),
    )
    .option('-b, --bind <host:port>', bindHelp, (bind: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      bind,
    ])
    .option('--chdir <folder>', 'change to this folder first')
    .option(
      '-t, --timeout <seconds>',
      'kill and restart a process that does not respond for this long; 0 for never (default: hangTimeoutMs)',
      wholeNumber('-t', { min: 0, max }),
    )
    .option(
      '--graceful-timeout <seconds>',
      'how long a stopping process may still answer (default: stopTimeoutMs)',
      wholeNumber('--graceful-timeout', { min: 0, max }),
    )
    .option(
      '--max-requests <count>',
      'replace a worker after this many answers; 0 for never',
      wholeNumber('--max-requests', { min: 0, max }),
    )
    .option(
      '--max-requests-jitter <count>',
      'up to this many more, drawn for each worker',
      wholeNumber('--max-requests-jitter', { min: 0, max }),
    )
    .option('--access-logfile <file>', 'write a line for each answer; - for standard output')
    .option('--log-file, --error-logfile <file>', 'write the log there, in place of standard error')
    .option(
      '--log-level <level>',
      `what is logged: ${logLevels.join(', ')} (default: logLevel)`,
      logLevel('--log-level'),
    )
    .option('-p, --pid <file>', 'write the process id to this file while it runs')
    .option('--check-config', 'check the configuration and the service file, and exit')
    .action(async () => {
      const options = command.opts<Options>()
      warnOfEnvironment(process.env)
      if (options.chdir !== undefined) changeFolder(options.chdir)
      const binds = options.bind?.map(absoluteBind)
      const override = readOverride(options)
      const withFlags = (loaded: LoadedConfig): LoadedConfig => {
        const config = override(loaded.config)
        return { ...loaded, config: binds === undefined ? config : bindAt(config, binds) }
      }
      const given = await openGiven?.(filesOf(command), options)
      const loaded = withFlags(given?.loaded ?? (await loadConfig(options.config)))
      if (options.checkConfig === true) await check(loaded, loadRoutes)
      else
        await start({
          loaded,
          loadAgain: async () => withFlags(await loadConfig(loaded.path)).config,
          binds,
          logFiles: {
            access: absoluteLog(options.accessLogfile),
            error: absoluteLog(options.errorLogfile),
          },
          pidFile: options.pid,
          given,
        })
    })
  refuseGunicornFlags(command)
}

function filesOf({ processedArgs: [files] }: Command): readonly string[] {
  return Array.isArray(files) ? (files as string[]) : []
}

/** gunicorn takes flags from there too; here nothing reads them. */
function warnOfEnvironment({ GUNICORN_CMD_ARGS: flags = '' }: NodeJS.ProcessEnv): void {
  if (flags.trim() !== '')
    printAside(
      `changeover: GUNICORN_CMD_ARGS is not read (${flags}); give its flags on the command line; \`changeover adopt\` shows what takes their place\n`,
    )
}

/** The values of the flags that replace keys of the configuration. */
function readOverride(options: Options): (config: Config) => Config {
  const { workers, timeout, gracefulTimeout, maxRequests, maxRequestsJitter, logLevel } = options
  return (config) => ({
    ...config,
    workers: workers ?? config.workers,
    hangTimeoutMs: timeout === undefined ? config.hangTimeoutMs : timeout * 1_000 || Infinity,
    stopTimeoutMs: gracefulTimeout === undefined ? config.stopTimeoutMs : gracefulTimeout * 1_000,
    maxRequests: maxRequests ?? config.maxRequests,
    maxRequestsJitter: maxRequestsJitter ?? config.maxRequestsJitter,
    logLevel: logLevel ?? config.logLevel,
  })
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
