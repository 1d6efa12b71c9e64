import { existsSync } from 'node:fs'

import type { Command } from 'commander'
import { Option } from 'commander'

import { ChangeoverError } from '../../contracts/index.ts'
import { flagName, gunicornFlags } from '../../integrations/index.ts'

/** Flags of gunicorn that mean something else here, or that every command has. */
const ownMeaning: readonly string[] = ['config', 'help', 'version']

/**
 * Adds the flags of gunicorn that have no meaning here, without showing them: a command line with one fails with what replaces it, with
 * `bad_usage`, instead of an unknown option. So does one with a Python application.
 */
export function refuseGunicornFlags(command: Command): void {
  const refused = gunicornFlags.flatMap((flag) => {
    const [name] = flag.names
    if (flag.instead === undefined || ownMeaning.includes(name)) return []
    return flag.names.map((long, index) => {
      const short = index === 0 && flag.letter !== undefined ? `-${flag.letter}, ` : ''
      const option = new Option(`${short}--${long}${flag.takesValue ? ' <value>' : ''}`).hideHelp()
      command.addOption(option)
      return { flag, attribute: option.attributeName() }
    })
  })
  const takesFiles = command.registeredArguments.length > 0
  command.allowExcessArguments().hook('preAction', ({ args: [app] }) => {
    if (app !== undefined && !(takesFiles && isPath(app)))
      throw new ChangeoverError(
        'bad_usage',
        `${app} would be gunicorn’s application; the service file is named by \`service\` in the configuration`,
      )
    for (const { flag, attribute } of refused)
      if (command.getOptionValueSource(attribute) === 'cli')
        throw new ChangeoverError('bad_usage', `${flagName(flag)} ${flag.instead ?? ''}`)
  })
}

/** `app:app` is an application, unless it is a file. */
function isPath(argument: string): boolean {
  return existsSync(argument) || !/^[\w.]+:\w/.test(argument)
}
