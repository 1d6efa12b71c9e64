import type { Command } from 'commander'

import { loadConfig } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import { withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'

export type Serve = (
  loaded: LoadedConfig,
  options: { readonly bind: string; readonly workers: number },
) => Promise<void>

type Options = ConfigOption & { readonly workers?: string; readonly bind?: string; readonly chdir?: string }

export function addServe(program: Command, serve: Serve): void {
  withConfig(program.command('serve'))
    .description('start one instance alone, without gateway and backup')
    .option('-w, --workers <count>', 'worker processes (default: workers of the configuration)')
    .option('-b, --bind <host:port>', 'where to listen (default: primary.bind of the configuration)')
    .option('--chdir <folder>', 'change to this folder first')
    .addHelpText(
      'after',
      `
Examples:
  changeover serve
  changeover serve -w 2 -b 0.0.0.0:5001 --chdir examples/name-question`,
    )
    .action(async (options: Options) => {
      if (options.chdir !== undefined) changeFolder(options.chdir)
      const loaded = await loadConfig(options.config)
      const workers = options.workers === undefined ? loaded.config.workers : Number(options.workers)
      if (!Number.isInteger(workers) || workers < 1)
        throw new ChangeoverError(
          'bad_usage',
          `-w takes a number of workers from 1 on, not “${options.workers ?? ''}”`,
        )
      await serve(loaded, { bind: options.bind ?? loaded.config.primary.bind, workers })
    })
}

function changeFolder(folder: string): void {
  try {
    process.chdir(folder)
  } catch (error) {
    throw new ChangeoverError('bad_usage', `--chdir: there is no folder ${folder}`, { cause: error })
  }
}
