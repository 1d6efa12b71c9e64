import { join } from 'node:path'

import type { ModelVersion } from '../contracts/index.ts'

/**
 * Where things are in a store:
 *
 *     models/<model>/pointer.json                 the active version and the previous one
 *     models/<model>/versions/<version>/          one version, never changed
 *         manifest.json  source.bin  compiled.bin
 *         manifest.sig                            if it was published with a key
 *         gates.json                              the gates' last results
 *         jieba.dict  user-dictionaries/<1, 2, …>/<file name>     if it has words of its own
 *         main-dictionary/<file name>             if they take the place of jieba's
 *         stop-words/<1, 2, …>/<file name>        if words are left out of its texts
 *     history.jsonl                               what was done, a line each, append only
 *     history-<number>-0.jsonl                    earlier lines; see state/history-segments.ts
 *     rollout.json                                the rollout in progress, if there is one
 *     give-way                                    fresh while callers are slowed: publishing is throttled then
 *     tmp/                                        unfinished files, and those being removed; nothing here counts
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

/** The path of the copy of a version's main dictionary. */
export const mainDictionaryFile = (folder: string, fileName: string): string =>
  join(folder, 'main-dictionary', fileName)

/** The path of a version's list of stop words, by its place, from 0. */
export const stopWordsFile = (folder: string, place: number, fileName: string): string =>
  join(folder, 'stop-words', String(place + 1), fileName)

/** The path of the copy of a version's user dictionary, by its place in the order of loading, from 0. */
export const userDictionaryFile = (folder: string, place: number, fileName: string): string =>
  join(folder, 'user-dictionaries', String(place + 1), fileName)

export const pointerFile = (storePath: string, model: string): string =>
  join(modelsFolder(storePath), model, 'pointer.json')

export const temporaryFolder = (storePath: string): string => join(storePath, 'tmp')

export const historyFile = (storePath: string): string => join(storePath, 'history.jsonl')

export const throttleFile = (storePath: string): string => join(storePath, 'give-way')

export const rolloutNoteFile = (storePath: string): string => join(storePath, 'rollout.json')
