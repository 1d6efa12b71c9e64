import type { Command } from 'commander'

import type { Start } from '../options/gunicorn-options.ts'
import { startWithGunicornFlags } from '../options/gunicorn-options.ts'
import type { LoadRoutes } from './generate.ts'

export function addServe(program: Command, serve: Start, loadRoutes: LoadRoutes): void {
  const command = program
    .command('serve')
    .description('start one instance alone, without gateway and backup')
    .addHelpText(
      'after',
      `
A flag of gunicorn's that has no meaning here is refused with what takes its place.
HUP reloads code, configuration and model; TTIN and TTOU add or remove one worker; USR1 reopens log files; TERM
answers what is in flight and stops; INT and QUIT stop at once.

Examples:
  changeover serve
  changeover serve -w 2 -b 0.0.0.0:5001 -b unix:/run/names.sock --chdir examples/name-question`,
    )
  startWithGunicornFlags(command, {
    bindHelp:
      'where to listen, also unix:/path; may be repeated (default: primary.bind of the configuration)',
    bindAt: (config) => config,
    start: serve,
    loadRoutes,
  })
}
