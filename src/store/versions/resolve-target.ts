import { statSync } from 'node:fs'
import { extname, isAbsolute } from 'node:path'

import type { Config } from '../../config/schema/index.ts'
import type { DeployBody, LoadBody, ModelVersion, RollbackBody } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { activeBefore, isRollout, latestHistory } from '../state/history.ts'
import { readPointer } from '../state/pointer.ts'
import { compareVersions, listVersionNames } from './list-versions.ts'
import { parseModelFileName } from './parse-file-name.ts'

/** Before the year of fastText's first release. Builds and archives set times to 1970, 1980 or 1985. */
const oldestModelMs = Date.UTC(2016)

/** The target of a deploy: a version, and the file to publish first if it is not in the store. */
export type DeployTarget = ModelVersion & { readonly file: string | undefined }

/**
 * Understands `name_question@1591259822`, `1591259822`, or the path of a model file, whose name says model and version by the
 * course's rule; a file of another name takes its time of change as version. Throws `model_name_unclear`, `model_unknown`,
 * `model_file_not_found`, `version_unclear` or `version_unknown`.
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
  return requireVersion(storePath, { model: chooseModel(named, config), version })
}

/**
 * The version that a rollback goes to: the one named, the one that was active before a moment by the history, else the previous
 * one. Throws `model_unknown`, `model_name_unclear`, `version_unknown`, `no_previous_version`, or `bad_usage` for both at once.
 */
export function resolveRollback(
  { model: named, to, beforeMs }: RollbackBody,
  config: Pick<Config, 'models'>,
  storePath: string,
): DeployTarget {
  const model = chooseModel(named, config)
  if (to !== undefined && beforeMs !== undefined)
    throw new ChangeoverError(
      'bad_usage',
      'a rollback goes to a version or before a moment; specify only one',
    )
  if (to !== undefined) return requireVersion(storePath, { model, version: to })
  if (beforeMs !== undefined) {
    const version = activeBefore(latestHistory(storePath), { model }, beforeMs)
    if (version !== undefined) return requireVersion(storePath, { model, version })
    const moment = new Date(beforeMs).toISOString()
    throw new ChangeoverError(
      'no_previous_version',
      `the history has no version of ${model} that was active before ${moment}; \`changeover history\` shows what it has`,
    )
  }
  const previous = readPointer(storePath, model)?.previous ?? undefined
  if (previous !== undefined) return { model, version: previous, file: undefined }
  throw new ChangeoverError(
    'no_previous_version',
    `${model} has served only one version: there is none to go back to; deploy the one you want by name`,
  )
}

/**
 * The version that a load goes to: the one named; else the newest in the store if it is newer than the active one and was never
 * tried, so that a client that loads again and again does not undo a rollback; else the active one. Throws `model_unknown` and
 * `version_unknown`.
 */
export function resolveLoad(
  { model: named, version }: LoadBody,
  config: Pick<Config, 'models'>,
  storePath: string,
): DeployTarget {
  const model = chooseModel(named, config)
  if (version !== undefined) return requireVersion(storePath, { model, version })
  const active = readPointer(storePath, model)?.active
  const newest = listVersionNames(storePath, model).at(-1)
  if (newest === undefined)
    throw new ChangeoverError(
      'version_unknown',
      `the store has no version of ${model}; \`changeover publish\` puts one there`,
    )
  const isNew =
    active === undefined || (compareVersions(newest, active) > 0 && !wasTried(storePath, model, newest))
  return { model, version: isNew ? newest : active, file: undefined }
}

function wasTried(storePath: string, model: string, version: string): boolean {
  for (const entry of latestHistory(storePath))
    if (entry.model === model && entry.version === version && isRollout(entry)) return true
  return false
}

function requireVersion(storePath: string, { model, version }: ModelVersion): DeployTarget {
  if (listVersionNames(storePath, model).includes(version)) return { model, version, file: undefined }
  throw new ChangeoverError(
    'version_unknown',
    `the store has no version ${version} of ${model}; \`changeover models\` lists what it has, or give a file to publish`,
  )
}

/** The model: the one named, or the only one there is. */
export function chooseModel(name: string | undefined, { models }: Pick<Config, 'models'>): string {
  const names = Object.keys(models)
  const [only] = names
  if (name !== undefined && Object.hasOwn(models, name)) return name
  if (name !== undefined)
    throw new ChangeoverError(
      'model_unknown',
      `the configuration has no model ${name}; it has ${names.join(', ')}`,
    )
  if (only !== undefined && names.length === 1) return only
  throw new ChangeoverError('model_name_unclear', `specify the model with --model: ${names.join(', ')}`)
}

function resolveFile(file: string, model: string | undefined, config: Pick<Config, 'models'>): DeployTarget {
  const version = fileVersion(file)
  return { model: chooseModel(model ?? parseModelFileName(file)?.model, config), version, file }
}

/** The version of a model file: the time in its name, else its time of change. Throws `model_file_not_found` and `version_unclear`. */
export function fileVersion(file: string): string {
  const fileStat = statSync(file, { throwIfNoEntry: false })
  if (fileStat?.isFile() !== true)
    throw new ChangeoverError('model_file_not_found', `${file} is not a file; give the path of a .bin model`)
  const { mtimeMs } = fileStat
  const named = parseModelFileName(file)?.version
  if (named !== undefined) return named
  if (mtimeMs >= oldestModelMs) return String(Math.floor(mtimeMs / 1_000))
  const time = new Date(mtimeMs).toISOString()
  throw new ChangeoverError(
    'version_unclear',
    `${file} has no time in its name, and its time of change is ${time}, when there was no fastText: a container, an archive or a build ` +
      'set it, and versions would have numbers that say nothing; `touch` it, or name it MODEL_UNIXTIME.bin after the time of its training',
  )
}
