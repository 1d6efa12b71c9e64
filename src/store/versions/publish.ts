import type { KeyObject } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

import type { HistoryEntry, ModelVersion, TokenizerSettings } from '../../contracts/index.ts'
import { ChangeoverError, defined, formatModelVersion } from '../../contracts/index.ts'
import type { ModelArguments, ModelDescription } from '../../engine/fasttext/index.ts'
import { currentUser } from '../fs/current-user.ts'
import { makeFoldersIn, removeQuietly, syncFolder, writeDurably } from '../fs/durable-write.ts'
import { createSink, hashSource, openSource } from '../fs/file-bytes.ts'
import type { Files } from '../fs/files.ts'
import { failureCode, nodeFiles } from '../fs/files.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { sweepTemporary, temporaryPath } from '../fs/temporary.ts'
import { withThrottle } from '../fs/throttle.ts'
import { fileNames, versionFolder } from '../layout.ts'
import { appendHistory, latestHistory } from '../state/history.ts'
import { readPointer } from '../state/pointer.ts'
import type { Manifest } from './manifest.ts'
import { describeLabels, readManifest, sealManifest } from './manifest.ts'
import { compileFile, openModelSource, requireWhole } from './model-file.ts'
import { compileOwnDictionary } from './own-dictionary.ts'
import { signManifest } from './signature.ts'
import type { TokenizerContent } from './tokenizer-files.ts'
import {
  describeTokenizer,
  findTokenizerDifference,
  parseStopWords,
  readTokenizerFiles,
  writeTokenizerFiles,
} from './tokenizer-files.ts'
import { requireSound } from './verify-version.ts'

export type PublishRequest = ModelVersion &
  Pick<Manifest, 'note' | 'meta'> &
  TokenizerSettings & {
    readonly storePath: string
    readonly file: string
    /** Whether versions must be able to give sentence vectors. */
    readonly sentenceVectors?: boolean
    /** The user who publishes; the one of this process unless given. */
    readonly by?: string
    /** A private Ed25519 key to sign the manifest with. */
    readonly signingKey?: KeyObject
    readonly nowMs: number
    readonly onProgress?: (fraction: number) => void
  }

/** The copy of the file is the first part of the work, compiling it the second, the final hash the third. */
const progressParts = { copied: 0.3, compiled: 0.8 }

/**
 * Checks, compiles and stores a model file as a version that never changes: copied and hashed, compiled, synced, and then
 * renamed into its place. The same file again is no work; another file under the same version is `version_conflict`.
 * Throws `model_file_not_found` and `model_file_invalid` for what is wrong with the file, `user_dictionary_invalid`,
 * `stop_words_invalid` and `bad_usage` for the tokenizer, `store_failed` for what is wrong with the store: then nothing of it is there.
 */
export function publish(
  request: PublishRequest,
  files: Files = withThrottle(nodeFiles, request.storePath),
): Manifest {
  const { storePath, file, nowMs } = request
  const finalFolder = versionFolder(storePath, request)
  const tokenizer = readTokenizerFiles(request)
  parseStopWords(tokenizer.stopWords)

  return orStoreFailed(`${formatModelVersion(request)} could not be published`, () => {
    sweepTemporary(storePath, nowMs, files)
    const workFolder = temporaryPath(storePath, 'publish', files)
    files.mkdirSync(workFolder, { mode: 0o755 })
    try {
      const source = copyAndHash(
        file,
        join(workFolder, fileNames.source),
        (fraction) => request.onProgress?.(fraction * progressParts.copied),
        files,
      )
      if (files.statSync(finalFolder, { throwIfNoEntry: false }) !== undefined) {
        const existing = sameOrConflict(request, source.sha256, tokenizer, files)
        record(request, files)
        return existing
      }
      const manifest = compileInto(workFolder, request, source, tokenizer, files)
      const isFirst = moveIntoPlace(workFolder, finalFolder, request, files)
      // The process that was first writes the line of the history.
      if (!isFirst) return sameOrConflict(request, source.sha256, tokenizer, files)
      request.onProgress?.(1)
      return manifest
    } finally {
      removeQuietly(workFolder, files)
    }
  })
}

function copyAndHash(
  from: string,
  to: string,
  onProgress: (fraction: number) => void,
  files: Files,
): Manifest['source'] {
  const source = openModelSource(from, files)
  try {
    // Before a byte is written: any file under such a name may be large.
    requireWhole(source, from)
    const sink = createSink(to, files)
    try {
      const sha256 = hashSource(source, (offset, bytes) => {
        sink.write(offset, bytes)
        onProgress((offset + bytes.length) / source.sizeBytes)
      })
      if (source.hasChanged())
        throw new ChangeoverError(
          'model_file_invalid',
          `${from} was changed while it was copied into the store; wait until it is complete`,
        )
      return { fileName: basename(from), sizeBytes: source.sizeBytes, sha256 }
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
  tokenizer: TokenizerContent,
  files: Files,
): Manifest {
  const { labels, args } = compileSource(workFolder, request, files)
  const dictionary = compileOwnDictionary(tokenizer)
  if (dictionary !== undefined) writeDurably(join(workFolder, fileNames.dictionary), dictionary, files)
  writeTokenizerFiles(workFolder, tokenizer, files)
  const { note, meta, signingKey, by = currentUser() } = request
  const manifest = sealManifest({
    model: request.model,
    version: request.version,
    engine: 'fasttext',
    ...describeTokenizer(tokenizer),
    ...(dictionary === undefined
      ? {}
      : { dictionary: describeFile(join(workFolder, fileNames.dictionary), files) }),
    ...(request.sentenceVectors === true ? { sentenceVectors: true } : {}),
    ...describeLabels(labels.map(({ text }) => text)),
    training: describeTraining(args),
    source,
    compiled: describeFile(join(workFolder, fileNames.compiled), files),
    publishedAtMs: request.nowMs,
    publishedBy: by,
    ...defined({ note, meta }),
  })
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  writeDurably(join(workFolder, fileNames.manifest), text, files)
  if (signingKey !== undefined)
    writeDurably(join(workFolder, fileNames.signature), signManifest(text, signingKey), files)
  return manifest
}

function describeFile(path: string, files: Files): Manifest['compiled'] {
  const source = openSource(path, files)
  try {
    return { sizeBytes: source.sizeBytes, sha256: hashSource(source) }
  } finally {
    source.close()
  }
}

function describeTraining({
  loss,
  dim,
  epoch,
  wordNgrams,
  minn,
  maxn,
  bucket,
  minCount,
  ws,
  neg,
}: ModelArguments): Manifest['training'] {
  return { loss, dim, epoch, wordNgrams, minn, maxn, bucket, minCount, ws, neg }
}

function compileSource(
  workFolder: string,
  { file, sentenceVectors = false, onProgress }: PublishRequest,
  files: Files,
): ModelDescription {
  const { copied, compiled } = progressParts
  const { description } = compileFile(
    {
      from: join(workFolder, fileNames.source),
      to: join(workFolder, fileNames.compiled),
      shownAs: file,
    },
    {
      keepVectors: sentenceVectors,
      onProgress: (fraction) => onProgress?.(copied + fraction * (compiled - copied)),
    },
    files,
  )
  return description
}

/** False if another process has published the version meanwhile. */
function moveIntoPlace(
  workFolder: string,
  finalFolder: string,
  request: PublishRequest,
  files: Files,
): boolean {
  syncFolder(workFolder, files)
  makeFoldersIn(request.storePath, ['models', request.model, 'versions'], files)
  try {
    files.renameSync(workFolder, finalFolder)
  } catch (error) {
    if (failureCode(error) === 'ENOTEMPTY' || failureCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    syncFolder(dirname(finalFolder), files)
    record(request, files)
  } catch (error) {
    files.renameSync(finalFolder, workFolder)
    throw error
  }
  return true
}

/** Writes the publication into the history, once: a process that died may have left it out, or its line without the version. */
function record({ storePath, model, version, by, note, nowMs }: PublishRequest, files: Files): void {
  for (const { action, ...of } of latestHistory(storePath))
    if (of.model === model && of.version === version) {
      if (action === 'publish') return
      if (action === 'remove') break
    }
  const entry: HistoryEntry = {
    atMs: nowMs,
    action: 'publish',
    model,
    version,
    from: readPointer(storePath, model, files)?.active ?? null,
    by: by ?? currentUser(),
    ...defined({ why: note }),
    outcome: 'done',
  }
  appendHistory(storePath, entry, files)
}

function sameOrConflict(
  request: PublishRequest,
  sha256: string,
  tokenizer: TokenizerContent,
  files: Files,
): Manifest {
  const existing = readManifest(request.storePath, request, files)
  const signature = join(versionFolder(request.storePath, request), fileNames.signature)
  const isSigned = files.statSync(signature, { throwIfNoEntry: false }) !== undefined
  const difference =
    request.signingKey !== undefined && !isSigned
      ? 'no signature'
      : differenceFrom(existing, request, sha256, tokenizer)
  if (difference === undefined) {
    requireSound(request.storePath, request)
    return existing
  }
  throw new ChangeoverError(
    'version_conflict',
    `${formatModelVersion(request)} is in the store with ${difference}, ` +
      'and a version never changes; give the new file another time in its name',
  )
}

function differenceFrom(
  existing: Manifest,
  { sentenceVectors = false }: PublishRequest,
  sha256: string,
  tokenizer: TokenizerContent,
): string | undefined {
  if (existing.source.sha256 !== sha256) return 'other content'
  const difference = findTokenizerDifference(existing, tokenizer)
  if (difference !== undefined) return difference
  if (sentenceVectors && existing.sentenceVectors !== true) return 'no sentence vectors'
  return undefined
}
