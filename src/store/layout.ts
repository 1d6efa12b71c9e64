import { join } from 'node:path'

import type { ModelVersion } from '../contracts/index.ts'

/**
 * Where things are in a store:
 *
 *     models/<model>/pointer.json                 the active version and the previous one
 *     models/<model>/versions/<version>/          one version, never changed once it is there
 *         manifest.json  source.bin  compiled.bin
 *         manifest.sig                            where it was published with a key
 *         gates.json                              what the gates last said of it
 *         jieba.dict  user-dictionaries/<1, 2, …>/<file name>     where it has words of its own
 *     history.jsonl                               what was done, a line each, only ever added to
 *     history-<number>-0.jsonl                    the same, from before; see state/history-segments.ts
 *     rollout.json                                the rollout that is under way; there only meanwhile
 *     give-way                                    fresh while callers are slowed, so that whoever publishes goes slowly
 *     tmp/                                        what is not finished, or is being removed; nothing here counts
 */
export const fileNames = {
  manifest: 'manifest.json',
  signature: 'manifest.sig',
  source: 'source.bin',
  compiled: 'compiled.bin',
  dictionary: 'jieba.dict',
  gates: 'gates.json',
} as const

export const modelsFolder = (storePath: string): string => join(storePath, 'models')

export const versionsFolder = (storePath: string, model: string): string =>
  join(modelsFolder(storePath), model, 'versions')

export const versionFolder = (storePath: string, { model, version }: ModelVersion): string =>
  join(versionsFolder(storePath, model), version)

/** Where a copy of a version's user dictionary lies, given its place in the order of loading, from 0. */
export const userDictionaryFile = (folder: string, place: number, fileName: string): string =>
  join(folder, 'user-dictionaries', String(place + 1), fileName)

export const pointerFile = (storePath: string, model: string): string =>
  join(modelsFolder(storePath), model, 'pointer.json')

export const temporaryFolder = (storePath: string): string => join(storePath, 'tmp')

export const historyFile = (storePath: string): string => join(storePath, 'history.jsonl')

export const throttleFile = (storePath: string): string => join(storePath, 'give-way')

export const rolloutNoteFile = (storePath: string): string => join(storePath, 'rollout.json')
