import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { ChangeoverError, formatModelVersion } from '../contracts/index.ts'
import type { ModelVersion, TokenizerName } from '../contracts/index.ts'
import { syncFolder, writeDurably } from './durable-write.ts'
import { createSink, hashSource, openSource } from './file-bytes.ts'
import { createPace } from './give-way.ts'
import { fileNames, temporaryFolder, versionFolder } from './layout.ts'
import { readManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { compileFile } from './model-file.ts'
import { extendDictionary, readUserDictionaries, writeUserDictionaries } from './user-dictionaries.ts'
import type { UserDictionary } from './user-dictionaries.ts'

export type PublishRequest = ModelVersion & {
  readonly storePath: string
  readonly file: string
  readonly tokenizer: TokenizerName
  /** Paths of files with words to add to jieba's, in the order of loading. */
  readonly userDictionaries?: readonly string[]
  /** Whether versions must be able to give sentence vectors. */
  readonly sentenceVectors?: boolean
  readonly nowMs: number
  readonly onProgress?: (fraction: number) => void
}

/** The copy of the file is the first part of the work, compiling it the second, the final hash the third. */
const progressParts = { copied: 0.3, compiled: 0.8 }

/**
 * Checks, compiles and stores a model file as a version that never changes: copied and hashed, compiled, synced, and then
 * renamed into its place. The same file again is no work; another file under the same version is `version_conflict`.
 * Throws `model_file_not_found` and `model_file_invalid` for what is wrong with the file, `user_dictionary_invalid` and
 * `bad_usage` for user dictionaries.
 */
export function publish(request: PublishRequest): Manifest {
  const { storePath, file } = request
  const finalFolder = versionFolder(storePath, request)
  const fileStat = statSync(file, { throwIfNoEntry: false })
  if (fileStat?.isFile() !== true)
    throw new ChangeoverError('model_file_not_found', `${file} is not a file; give the path of a .bin model`)
  const userDictionaries = readUserDictionaries(request.tokenizer, request.userDictionaries ?? [])

  mkdirSync(temporaryFolder(storePath), { recursive: true })
  const workFolder = mkdtempSync(join(temporaryFolder(storePath), 'publish-'))
  try {
    const source = copyAndHash(request, join(workFolder, fileNames.source))
    if (existsSync(finalFolder)) return sameOrConflict(request, source.sha256, userDictionaries)
    const manifest = compileInto(workFolder, request, source, userDictionaries)
    moveIntoPlace(workFolder, finalFolder, request)
    request.onProgress?.(1)
    return manifest
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}

function copyAndHash({ file, storePath, onProgress }: PublishRequest, to: string): Manifest['source'] {
  const source = openSource(file)
  try {
    const sink = createSink(to, createPace(storePath))
    try {
      const sha256 = hashSource(source, (offset, bytes) => {
        sink.write(offset, bytes)
        onProgress?.(((offset + bytes.length) / source.sizeBytes) * progressParts.copied)
      })
      return { fileName: basename(file), sizeBytes: source.sizeBytes, sha256 }
    } finally {
      sink.close()
    }
  } finally {
    source.close()
  }
}

function compileInto(
  workFolder: string,
  request: PublishRequest,
  source: Manifest['source'],
  userDictionaries: readonly UserDictionary[],
): Manifest {
  const labels = compileSource(workFolder, request)
  if (userDictionaries.length > 0) {
    writeDurably(join(workFolder, fileNames.dictionary), extendDictionary(userDictionaries))
    writeUserDictionaries(workFolder, userDictionaries)
  }
  const compiled = openSource(join(workFolder, fileNames.compiled))
  try {
    const manifest: Manifest = {
      model: request.model,
      version: request.version,
      engine: 'fasttext',
      ...describeTokenizer(request.tokenizer, userDictionaries),
      ...(request.sentenceVectors === true ? { sentenceVectors: true } : {}),
      labels: [...labels],
      source,
      compiled: { sizeBytes: compiled.sizeBytes, sha256: hashSource(compiled) },
      publishedAtMs: request.nowMs,
    }
    writeDurably(join(workFolder, fileNames.manifest), `${JSON.stringify(manifest, undefined, 2)}\n`)
    return manifest
  } finally {
    compiled.close()
  }
}

/** What the manifest says of how a version's texts are cut. */
function describeTokenizer(
  tokenizer: TokenizerName,
  userDictionaries: readonly UserDictionary[],
): Pick<Manifest, 'tokenizer' | 'userDictionaries' | 'icuVersion'> {
  const { icu } = process.versions
  return {
    tokenizer,
    ...(userDictionaries.length === 0
      ? {}
      : { userDictionaries: userDictionaries.map(({ fileName, sha256 }) => ({ fileName, sha256 })) }),
    ...(tokenizer === 'intl' && icu !== undefined ? { icuVersion: icu } : {}),
  }
}

function compileSource(
  workFolder: string,
  { file, storePath, sentenceVectors = false, onProgress }: PublishRequest,
): readonly string[] {
  const { copied, compiled } = progressParts
  const { description } = compileFile(
    {
      from: join(workFolder, fileNames.source),
      to: join(workFolder, fileNames.compiled),
      shownAs: file,
      pace: createPace(storePath),
    },
    {
      keepVectors: sentenceVectors,
      onProgress: (fraction) => onProgress?.(copied + fraction * (compiled - copied)),
    },
  )
  return description.labels.map(({ text }) => text)
}

function moveIntoPlace(workFolder: string, finalFolder: string, target: ModelVersion): void {
  chmodSync(workFolder, 0o755)
  syncFolder(workFolder)
  mkdirSync(dirname(finalFolder), { recursive: true })
  try {
    renameSync(workFolder, finalFolder)
  } catch (error) {
    if (!existsSync(finalFolder)) throw error
    throw new ChangeoverError(
      'version_conflict',
      `${formatModelVersion(target)} was published by somebody else meanwhile; \`changeover models\` shows it`,
      { cause: error },
    )
  }
  syncFolder(dirname(finalFolder))
}

function sameOrConflict(
  request: PublishRequest,
  sha256: string,
  userDictionaries: readonly UserDictionary[],
): Manifest {
  const existing = readManifest(request.storePath, request)
  const difference = differenceFrom(existing, request, sha256, userDictionaries)
  if (difference === undefined) return existing
  throw new ChangeoverError(
    'version_conflict',
    `${formatModelVersion(request)} is in the store with ${difference}, ` +
      'and a version never changes; give the new file another time in its name',
  )
}

function differenceFrom(
  existing: Manifest,
  { tokenizer, sentenceVectors = false }: PublishRequest,
  sha256: string,
  userDictionaries: readonly UserDictionary[],
): string | undefined {
  const hashesOf = (files: readonly { readonly sha256: string }[] = []): string =>
    files.map((file) => file.sha256).join()
  if (existing.source.sha256 !== sha256) return 'other content'
  if (existing.tokenizer !== tokenizer) return `another tokenizer, ${existing.tokenizer}`
  if (hashesOf(existing.userDictionaries) !== hashesOf(userDictionaries)) return 'other user dictionaries'
  if (sentenceVectors && existing.sentenceVectors !== true) return 'no sentence vectors'
  return undefined
}
