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
    .description('propose the configuration that replaces an nginx and a supervisor')
    .option('--nginx <file>', 'nginx’s configuration; what it includes is read too')
    .option('--supervisor <file>', 'supervisor’s configuration; what it includes is read too')
    .addHelpText(
      'after',
      `
It prints a changeover.yaml with the origin of each value, and at its end what was not taken over, with
what to look up. It changes nothing and runs nothing.

Example:
  changeover adopt --nginx /etc/nginx/nginx.conf --supervisor /etc/supervisor/supervisord.conf > changeover.yaml`,
    )
    .action(({ nginx, supervisor }: Options) => {
      const sources = [nginx, supervisor].filter((path) => path !== undefined)
      if (sources.length === 0)
        throw new ChangeoverError(
          'bad_usage',
          'adopt needs something to read: give --nginx, --supervisor, or both',
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
