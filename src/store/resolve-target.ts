import { statSync } from 'node:fs'
import { extname, isAbsolute } from 'node:path'

import { ChangeoverError } from '../contracts/index.ts'
import type { Config, DeployBody, ModelVersion } from '../contracts/index.ts'
import { listVersionNames } from './list-versions.ts'
import { parseModelFileName } from './parse-file-name.ts'

/** What a deploy asks for: a version, and the file that it has to be published from first. */
export type DeployTarget = ModelVersion & { readonly file: string | undefined }

/**
 * Understands `name_question@1591259822`, `1591259822`, or the path of a model file, whose name says model and version by the
 * course's rule; a file of another name takes its time of change as version. Throws `model_name_unclear`, `model_unknown`,
 * `model_file_not_found` or `version_unknown`.
 */
export function resolveTarget(
  { target, model }: DeployBody,
  config: Pick<Config, 'models'>,
  storePath: string,
): DeployTarget {
  if (isAbsolute(target) || extname(target) === '.bin' || extname(target) === '.ftz')
    return resolveFile(target, model, config)
  const [left = '', right] = target.split('@', 2)
  const named = right === undefined ? model : left
  const version = right ?? left
  const name = chooseModel(named, config)
  if (!listVersionNames(storePath, name).includes(version))
    throw new ChangeoverError(
      'version_unknown',
      `the store has no version ${version} of ${name}; \`changeover models\` lists what it has, or give a file to publish`,
    )
  return { model: name, version, file: undefined }
}

/** The model that is meant: the one named, or the only one there is. */
export function chooseModel(name: string | undefined, { models }: Pick<Config, 'models'>): string {
  const names = Object.keys(models)
  const [only] = names
  if (name !== undefined && name in models) return name
  if (name !== undefined)
    throw new ChangeoverError(
      'model_unknown',
      `the configuration has no model ${name}; it has ${names.join(', ')}`,
    )
  if (only !== undefined && names.length === 1) return only
  throw new ChangeoverError(
    'model_name_unclear',
    `say which model is meant with --model: ${names.join(', ')}`,
  )
}

function resolveFile(file: string, model: string | undefined, config: Pick<Config, 'models'>): DeployTarget {
  const fileStat = statSync(file, { throwIfNoEntry: false })
  if (fileStat?.isFile() !== true)
    throw new ChangeoverError('model_file_not_found', `${file} is not a file; give the path of a .bin model`)
  const parsed = parseModelFileName(file)
  const version = parsed?.version ?? String(Math.floor(fileStat.mtimeMs / 1_000))
  return { model: chooseModel(model ?? parsed?.model, config), version, file }
}
