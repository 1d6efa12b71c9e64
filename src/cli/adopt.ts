import { readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

import type { Command } from 'commander'

import { ChangeoverError } from '../contracts/index.ts'
import { formatProposal, propose, readNginx, readSupervisor } from '../neighbours/index.ts'
import type { ReadFiles, SourceFile } from '../neighbours/index.ts'
import { print } from './output.ts'

type Options = { readonly nginx?: string; readonly supervisor?: string }

export function addAdopt(program: Command): void {
  program
    .command('adopt')
    .description('propose the configuration that takes the place of an nginx and a supervisor')
    .option('--nginx <file>', 'nginx’s configuration; what it includes is read too')
    .option('--supervisor <file>', 'supervisor’s configuration; what it includes is read too')
    .addHelpText(
      'after',
      `
It prints a changeover.yaml that says of each value where it comes from, and at its end what was not taken over.

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
      const proposal = propose(
        sources,
        nginx === undefined ? undefined : readNginx(readSource(nginx), readIncluded),
        supervisor === undefined ? undefined : readSupervisor(readSource(supervisor), readIncluded),
      )
      print(formatProposal(proposal))
    })
}

function readSource(path: string): SourceFile {
  try {
    return { path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    throw new ChangeoverError('bad_usage', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** The files of an `include`, in the order of their names; `*` stands in the file's name. None where the file is not there. */
const readIncluded: ReadFiles = (pattern, fromFile) => {
  const path = isAbsolute(pattern) ? pattern : join(dirname(fromFile), pattern)
  const parts = basename(path)
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^(?!\\.)${parts.join('.*')}$`)
  return namesIn(dirname(path))
    .filter((name) => expression.test(name))
    .sort()
    .map((name) => readSource(join(dirname(path), name)))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
