import { formatSections } from '../ini/format-sections.ts'
import type { IniEntry } from '../ini/section.ts'
import type { SupervisorProgram } from './describe-supervisord.ts'

/** Supervisor's section for the stack: a file of `/etc/supervisor/conf.d` on Debian. Throws `bad_usage` for a path that it cannot hold. */
export function formatSupervisor(program: SupervisorProgram): string {
  const environment = Object.entries(program.environment).map(([key, value]) => `${key}="${value}"`)
  const entries: readonly IniEntry[] = [
    { key: 'command', value: program.command.map(quote).join(' ') },
    { key: 'directory', value: program.folder },
    { key: 'user', value: program.user },
    {
      key: 'environment',
      value: environment.join(','),
      comment: ['supervisord changes the user, but not these variables.'],
    },
    { key: 'autostart', value: 'true' },
    {
      key: 'autorestart',
      value: 'unexpected',
      comment: ['After `changeover down` it exits with 0, and stays down.'],
    },
    { key: 'exitcodes', value: '0' },
    { key: 'startsecs', value: String(program.startSeconds) },
    { key: 'startretries', value: String(program.startRetries) },
    { key: 'stopsignal', value: 'TERM' },
    {
      key: 'stopwaitsecs',
      value: String(program.stopWaitSeconds),
      comment: [
        'Requests in flight are answered first. The program stops its own processes, in the right order.',
      ],
    },
    { key: 'stopasgroup', value: 'false' },
    { key: 'killasgroup', value: 'false' },
    { key: 'redirect_stderr', value: 'true' },
    {
      key: 'stdout_logfile',
      value: program.logFile,
      comment: [
        'supervisord usually opens this file as root: keep it where the stack’s user cannot create links.',
      ],
    },
    { key: 'stdout_logfile_maxbytes', value: `${program.logMaxMegabytes}MB` },
    { key: 'stdout_logfile_backups', value: String(program.logBackups) },
  ]
  return `; Changeover under supervisord.\n\n${formatSections([{ name: `program:${program.name}`, entries }])}`
}

/** supervisord cuts the command by the shell's rules. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
}
