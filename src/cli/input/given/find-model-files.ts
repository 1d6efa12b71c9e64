import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'

import { modelNamePattern } from '../../../config/schema/index.ts'
import type { ModelVersion } from '../../../contracts/index.ts'
import { ChangeoverError, formatModelVersion, toMessage } from '../../../contracts/index.ts'
import { compareVersions, fileVersion, isModelFile, parseModelFileName } from '../../../store/index.ts'

/** A model file, and what its name says that it is. */
export type ModelFile = ModelVersion & {
  /** Absolute. */
  readonly file: string
}

/**
 * The files to serve of those that a command names, the newest of each model; of a folder, all that are fastText models. `model` names
 * a single one. Throws `model_file_not_found`, `model_name_unclear`, `version_unclear`, and `bad_usage` for a name of several.
 */
export function findModelFiles(paths: readonly string[], model?: string): readonly ModelFile[] {
  const files = [...new Set(paths.flatMap(listFiles))]
  if (model !== undefined && files.length > 1)
    throw new ChangeoverError(
      'bad_usage',
      `--model names one model, and there are ${files.length} files: ${files.join(', ')}; give only one, or name the files MODEL_UNIXTIME.bin`,
    )
  const newest = new Map<string, ModelFile>()
  for (const file of files) {
    const found = { model: model ?? modelName(file), version: fileVersion(file), file }
    requireName(found)
    const other = newest.get(found.model)
    const order = other === undefined ? 1 : compareVersions(found.version, other.version)
    if (other !== undefined && order === 0) throw sameVersion(found, other)
    if (order > 0) newest.set(found.model, found)
  }
  return [...newest.values()]
}

function listFiles(path: string): string[] {
  const absolute = resolve(path)
  const stats = statSync(absolute, { throwIfNoEntry: false })
  if (stats === undefined)
    throw new ChangeoverError(
      'model_file_not_found',
      `there is no ${absolute}; give a model file, or a folder of them`,
    )
  return stats.isDirectory() ? listFolder(absolute) : [absolute]
}

/** The models of a folder, without links to others of them. */
function listFolder(folder: string): string[] {
  const files = readFolder(folder)
    .filter((name) => /^[^.].*\.(?:bin|ftz)$/.test(name))
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .filter((file) => !isLinkWithin(folder, file) && isModelFile(file))
  if (files.length === 0)
    throw new ChangeoverError(
      'model_file_not_found',
      `${folder} has no fastText model; give a folder with .bin or .ftz files`,
    )
  return files
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    throw new ChangeoverError('model_file_not_found', `${folder} cannot be read: ${toMessage(error)}`, {
      cause: error,
    })
  }
}

function isLinkWithin(folder: string, file: string): boolean {
  const real = realpathSync(file)
  return dirname(real) === realpathSync(folder) && basename(real) !== basename(file)
}

function modelName(file: string): string {
  return parseModelFileName(file)?.model ?? basename(file, extname(file))
}

function requireName({ model, file }: ModelFile): void {
  if (new RegExp(modelNamePattern).test(model)) return
  throw new ChangeoverError(
    'model_name_unclear',
    `${file} would be a model named “${model}”, and a name has only the letters a to z and A to Z, digits, _ and -; ` +
      'rename the file; `up` also takes it alone, with --model NAME',
  )
}

function sameVersion(found: ModelFile, other: ModelFile): ChangeoverError {
  return new ChangeoverError(
    'version_unclear',
    `${other.file} and ${found.file} would both be ${formatModelVersion(found)}; give the one to serve`,
  )
}
