import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'

import type { ContractChange } from '../../contracts/index.ts'
import { ChangeoverError, contractChanges, defined, formatModelVersion } from '../../contracts/index.ts'
import { publishFile } from '../input/publish-file.ts'
import type { ControlOption } from '../options/control-option.ts'
import { isRemote, openStack, withControl } from '../options/control-option.ts'
import type { ManifestOptions } from '../options/manifest-options.ts'
import { manifestNotes, withManifestOptions } from '../options/manifest-options.ts'
import type { WhyOption } from '../options/why-option.ts'
import { askedBy, withReason } from '../options/why-option.ts'
import { showDeploy } from '../output/show-deploy.ts'

type Options = ControlOption &
  ManifestOptions &
  WhyOption & {
    readonly model?: string
    readonly force?: true
    readonly allow?: ContractChange[]
  }

export function addDeploy(program: Command): void {
  withReason(withManifestOptions(withControl(program.command('deploy <file-or-version>'))))
    .description('replace the model that serves: publish a file where one is given, then roll it out')
    .option('-m, --model <name>', 'the model, if the file name does not say it')
    .option('--allow <change>', 'what may differ from the active version; may be repeated', addChange)
    .option('--force', 'deploy even if a gate other than “whole” fails, or a check of the bake')
    .addHelpText(
      'after',
      `
A version must first pass the gates: it is whole, keeps its labels and tokenizer, and is not worse, other or
slower than the active one. Then the primary is paused while the backup serves, loads and tests the version,
and is watched on live traffic; then the backup follows. If anything fails, every instance returns to the old
version.

Examples:
  changeover deploy models/name_question_1591259822.bin
  changeover deploy 1591259822
  changeover deploy name_question@1591259822 --why 'knows more names'
  changeover deploy --model name_question latest.bin
  changeover deploy --sign key.pem models/name_question_1591259822.bin
  changeover deploy --allow label-set name_question_1591259822.bin
  changeover deploy name_question@1591259822 --control https://models.example:8087 --token-file ~/.changeover-token`,
    )
    .action(async (target: string, options: Options) => {
      const control = await openStack(options)
      await showDeploy(
        control.deploy({
          target: await nameTarget(target, options),
          ...defined({ model: options.model }),
          ...manifestNotes(options),
          ...askedBy(options),
          ...defined({ force: options.force, allow: options.allow }),
        }),
      )
    })
}

/** The supervisor has another current folder; that of another machine has other files. */
async function nameTarget(target: string, options: Options): Promise<string> {
  if (isRemote(options)) {
    if (options.sign === undefined && !/\/|\.(?:bin|ftz)$/.test(target)) return target
    throw new ChangeoverError(
      'bad_usage',
      `${target} is a file of this machine, and --control names a stack that cannot read it; copy it there, \`changeover publish\` it there, then deploy its version`,
    )
  }
  if (options.sign !== undefined) return publishSigned(target, options)
  return existsSync(target) || target.includes('/') ? resolve(target) : target
}

/** A private key belongs to the user of the command, so the file is published here, and the supervisor gets the version. */
async function publishSigned(target: string, options: Options): Promise<string> {
  if (existsSync(target)) return formatModelVersion(await publishFile(target, options))
  throw new ChangeoverError(
    'bad_usage',
    `--sign is for a file, and ${target} is not one; a version is signed when it is published`,
  )
}

function addChange(value: string, before: ContractChange[] | undefined): ContractChange[] {
  const change = contractChanges.find((name) => name === value)
  if (change === undefined) throw new InvalidArgumentError(`It is one of ${contractChanges.join(', ')}.`)
  return [...(before ?? []), change]
}
