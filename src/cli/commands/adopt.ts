import type { Command } from 'commander'

import { ChangeoverError } from '../../contracts/index.ts'
import type { SourceFile } from '../../migrate/index.ts'
import { formatProposal, propose, reaches, readNginx, readSupervisor } from '../../migrate/index.ts'
import { findFiles, openFile } from '../input/find-files.ts'
import { print } from '../output/output.ts'

type Options = { readonly nginx?: string; readonly supervisor?: string }

export function addAdopt(program: Command): void {
  program
    .command('adopt')
    .description('propose a configuration that replaces nginx and supervisord')
    .option('--nginx <file>', 'nginx’s configuration; included files are read too')
    .option('--supervisor <file>', 'supervisord’s configuration; included files are read too')
    .addHelpText(
      'after',
      `
It prints a changeover.yaml that says which line each value comes from. The end lists what was not taken
over, and what to look up. It changes nothing and runs nothing.

Example:
  changeover adopt --nginx /etc/nginx/nginx.conf --supervisor /etc/supervisor/supervisord.conf > changeover.yaml`,
    )
    .action(({ nginx, supervisor }: Options) => {
      const sources = [nginx, supervisor].filter((path) => path !== undefined)
      if (sources.length === 0)
        throw new ChangeoverError(
          'bad_usage',
          'adopt needs a file to read: specify --nginx, --supervisor, or both',
        )
      const setup = supervisor === undefined ? undefined : readSupervisor(readSource(supervisor), findFiles)
      const isKnown = (address: string): boolean =>
        setup?.services.some(({ binds }) => binds.some(({ value }) => reaches(address, value))) === true
      const front = nginx === undefined ? undefined : readNginx(readSource(nginx), findFiles, isKnown)
      print(formatProposal(propose(sources, front, setup)))
    })
}

function readSource(path: string): SourceFile {
  const file = openFile(path)
  const fault = file === undefined ? 'there is no such file' : 'fault' in file ? file.fault : undefined
  if (file === undefined || 'fault' in file)
    throw new ChangeoverError('bad_usage', `${path} cannot be read: ${fault ?? ''}`)
  return file
}
