import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

import type { Command } from 'commander'
import { Argument } from 'commander'

import type { LoadedConfig } from '../../config/index.ts'
import { dataPaths, loadConfig } from '../../config/index.ts'
import type { RouteSummary } from '../../contracts/index.ts'
import type { GeneratedFile, Installation } from '../../integrations/index.ts'
import {
  describeNginx,
  describeSupervisor,
  describeSystemd,
  formatNginx,
  formatSupervisor,
  formatSystemd,
} from '../../integrations/index.ts'
import { currentUser } from '../../store/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import { withConfig } from '../options/config-option.ts'
import { print, printLine } from '../output/output.ts'

/** Runs a service file, if there is one, to learn all routes that are served. */
export type LoadRoutes = (servicePath: string | undefined) => Promise<readonly RouteSummary[]>

const targets = ['nginx', 'supervisor', 'systemd'] as const
type Target = (typeof targets)[number]

type Options = ConfigOption & { readonly output?: string }

export function addGenerate(program: Command, loadRoutes: LoadRoutes): void {
  withConfig(program.command('generate'))
    .addArgument(new Argument('<program>', 'whose configuration').choices(targets))
    .description('print a configuration for nginx, supervisord or systemd')
    .option('-o, --output <folder>', 'write the files to a folder instead of printing them')
    .addHelpText(
      'after',
      `
Examples:
  changeover generate nginx > /etc/nginx/conf.d/changeover.conf
  changeover generate supervisor > /etc/supervisor/conf.d/changeover.conf
  changeover generate systemd --output /etc/systemd/system`,
    )
    .action(async (target: Target, options: Options) => {
      const files = await generate(target, await loadConfig(options.config), loadRoutes)
      if (options.output === undefined) show(files)
      else write(files, options.output)
    })
}

async function generate(
  target: Target,
  loaded: LoadedConfig,
  loadRoutes: LoadRoutes,
): Promise<readonly GeneratedFile[]> {
  const { config } = loaded
  switch (target) {
    case 'nginx': {
      const text = formatNginx(describeNginx(config, await loadRoutes(config.service)))
      return [{ name: 'changeover.conf', text }]
    }
    case 'supervisor':
      return [
        { name: 'changeover.conf', text: formatSupervisor(describeSupervisor(config, installation(loaded))) },
      ]
    case 'systemd':
      return formatSystemd(describeSystemd(config, installation(loaded)))
  }
}

/** The stack as this command would run it: the same Node, the same program, the same user. */
function installation({ path, config }: LoadedConfig): Installation {
  return {
    command: [process.execPath, process.argv[1] ?? 'changeover'],
    configPath: path,
    configFolder: dirname(path),
    dataFolder: config.data,
    // A service manager sets no XDG_RUNTIME_DIR.
    runFolder: dataPaths(config.data, config.run, {}).run,
    user: currentUser(),
    home: homeFolder(),
  }
}

/** The root folder if the user has no home folder: a user without a name has no entry for it. */
function homeFolder(): string {
  try {
    return homedir()
  } catch {
    return '/'
  }
}

/** Several files have their names above them, as `systemctl cat` prints them. */
function show(files: readonly GeneratedFile[]): void {
  const [only, ...others] = files
  if (others.length === 0) print(only?.text ?? '')
  else print(files.map(({ name, text }) => `# ${name}\n${text}`).join('\n'))
}

function write(files: readonly GeneratedFile[], folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of files) {
    writeFileSync(join(folder, name), text)
    printLine(join(folder, name))
  }
}
