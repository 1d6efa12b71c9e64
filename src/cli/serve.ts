import type { Command } from 'commander'

import { loadConfig } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import { printLine } from './output.ts'
import type { LoadRoutes } from './generate.ts'
import { refuseGunicornFlags } from './gunicorn-options.ts'
import { withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'

export type ServeOptions = {
  readonly bind: string
  readonly workers: number
  /** Where to write the process id; undefined for nowhere. */
  readonly pidFile: string | undefined
}
export type Serve = (loaded: LoadedConfig, options: ServeOptions) => Promise<void>

type Options = ConfigOption & {
  readonly workers?: string
  readonly bind?: readonly string[]
  readonly chdir?: string
  readonly pid?: string
  readonly checkConfig?: true
}

export function addServe(program: Command, serve: Serve, loadRoutes: LoadRoutes): void {
  const command = withConfig(program.command('serve'))
    .description('start one instance alone, without gateway and backup')
    .option('-w, --workers <count>', 'worker processes (default: workers of the configuration)')
    .option(
      '-b, --bind <host:port>',
      'where to listen, also unix:/path (default: primary.bind of the configuration)',
      (bind: string, before: readonly string[] | undefined) => [...(before ?? []), bind],
    )
    .option('--chdir <folder>', 'change to this folder first')
    .option('-p, --pid <file>', 'write the process id to this file while it runs')
    .option('--check-config', 'check the configuration and the service file, and exit')
    .addHelpText(
      'after',
      `
A flag of gunicorn's that has no meaning here is refused with what takes its place.

Examples:
  changeover serve
  changeover serve -w 2 -b 0.0.0.0:5001 --chdir examples/name-question`,
    )
    .action(async (options: Options) => {
      if (options.chdir !== undefined) changeFolder(options.chdir)
      const loaded = await loadConfig(options.config)
      const bind = oneBind(options.bind) ?? loaded.config.primary.bind
      const workers = options.workers === undefined ? loaded.config.workers : readWorkers(options.workers)
      if (options.checkConfig === true) {
        const routes = await loadRoutes(loaded.config.service)
        printLine(`${loaded.path}: ok, ${routes.length} ${routes.length === 1 ? 'route' : 'routes'}`)
      } else await serve(loaded, { bind, workers, pidFile: options.pid })
    })
  refuseGunicornFlags(command)
}

function readWorkers(text: string): number {
  const workers = Number(text)
  if (Number.isInteger(workers) && workers >= 1) return workers
  throw new ChangeoverError('bad_usage', `-w takes a number of workers from 1 on, not “${text}”`)
}

function oneBind(binds: readonly string[] = []): string | undefined {
  if (binds.length <= 1) return binds[0]
  throw new ChangeoverError(
    'bad_usage',
    `an instance listens at one address, not at ${binds.join(' and ')}; give one -b, and let a proxy listen at the others`,
  )
}

function changeFolder(folder: string): void {
  try {
    process.chdir(folder)
  } catch (error) {
    throw new ChangeoverError('bad_usage', `--chdir: there is no folder ${folder}`, { cause: error })
  }
}
