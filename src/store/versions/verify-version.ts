import { join } from 'node:path'

import type { ErrorReport, ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError, formatModelVersion, toErrorReport, toMessage } from '../../contracts/index.ts'
import { hashInSteps, openSource } from '../fs/file-bytes.ts'
import { failureCode } from '../fs/files.ts'
import { runSteps } from '../fs/run-steps.ts'
import { fileNames, mainDictionaryFile, stopWordsFile, userDictionaryFile, versionFolder } from '../layout.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest.ts'
import { requireTrusted } from './signature.ts'

/** A file of a version, by its path in the folder, as in the manifest. */
type Expected = { readonly name: string; readonly sizeBytes?: number; readonly sha256: string }

/** `served`: only what is in memory when the version answers; `all`: also the copies of what it was made from. */
export type VerifiedParts = 'served' | 'all'

/**
 * Hashes the files of a version again. Yields how many bytes it has read just now, and ends with what is damaged: nothing
 * if all is as it was published. Throws `version_unknown`.
 */
export function* verifyVersion(
  storePath: string,
  target: ModelVersion,
  parts: VerifiedParts,
): Generator<number, string[]> {
  const faults: string[] = []
  try {
    const folder = versionFolder(storePath, target)
    for (const file of expectedFiles(readManifest(storePath, target), parts)) {
      const fault = yield* findFault(folder, file)
      if (fault !== undefined) faults.push(fault)
    }
  } catch (error) {
    if (!(error instanceof ChangeoverError) || error.code !== 'version_damaged') throw error
    faults.push(error.message)
  }
  return faults
}

/** A version, and the public keys one of which must have signed it; none: anybody may have published it. */
export type CheckedVersion = {
  readonly storePath: string
  readonly target: ModelVersion
  readonly trustedKeys: readonly string[]
}

/** Why a version must not be served: `version_damaged`, `version_untrusted`, `version_unknown`; undefined if it may be. */
export function findVersionFault({
  storePath,
  target,
  trustedKeys,
}: CheckedVersion): ErrorReport | undefined {
  try {
    requireTrusted(storePath, target, trustedKeys)
    requireSound(storePath, target)
    return undefined
  } catch (error) {
    return toErrorReport(error)
  }
}

/** Throws `version_damaged` if the files that a version serves from are not as published. */
export function requireSound(storePath: string, target: ModelVersion): void {
  const faults = runSteps(verifyVersion(storePath, target, 'served'))
  if (faults.length > 0) throw versionDamaged(target, faults)
}

/** The error for a version of which `verifyVersion` found faults. */
export function versionDamaged(target: ModelVersion, faults: readonly string[]): ChangeoverError {
  return new ChangeoverError(
    'version_damaged',
    `${formatModelVersion(target)} is damaged: ${faults.join('; ')}; serve another version, remove this one, and publish its file again`,
  )
}

function expectedFiles(
  { source, compiled, dictionary, mainDictionary, userDictionaries = [], stopWords = [] }: Manifest,
  parts: VerifiedParts,
): Expected[] {
  const served = [
    { name: fileNames.compiled, ...compiled },
    ...(dictionary === undefined ? [] : [{ name: fileNames.dictionary, ...dictionary }]),
    ...stopWords.map((file, place) => ({ ...file, name: stopWordsFile('', place, file.fileName) })),
  ]
  if (parts === 'served') return served
  const copies = [
    ...(mainDictionary === undefined
      ? []
      : [{ ...mainDictionary, name: mainDictionaryFile('', mainDictionary.fileName) }]),
    ...userDictionaries.map((file, place) => ({
      ...file,
      name: userDictionaryFile('', place, file.fileName),
    })),
  ]
  return [{ ...source, name: fileNames.source }, ...served, ...copies]
}

function* findFault(
  folder: string,
  { name, sizeBytes, sha256 }: Expected,
): Generator<number, string | undefined> {
  try {
    const source = openSource(join(folder, name))
    try {
      if (sizeBytes !== undefined && source.sizeBytes !== sizeBytes)
        return `${name} has ${source.sizeBytes} bytes; ${sizeBytes} were written`
      return (yield* hashInSteps(source)) === sha256
        ? undefined
        : `${name} has other content than was written`
    } finally {
      source.close()
    }
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return `${name} is missing`
    return `${name} cannot be read: ${toMessage(error)}`
  }
}
