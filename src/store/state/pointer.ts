import { dirname } from 'node:path'

import Type from '#typebox'
import { Compile } from '#typebox/compile'

import type { ModelPointer, ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError, formatModelVersion } from '../../contracts/index.ts'
import { makeFoldersIn, replaceDurably, syncFolder } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { failureCode, nodeFiles } from '../fs/files.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { temporaryPath } from '../fs/temporary.ts'
import { pointerFile, versionFolder } from '../layout.ts'
import { readManifest } from '../versions/manifest.ts'

const pointerCheck = Compile(
  Type.Object({
    model: Type.String(),
    active: Type.String(),
    previous: Type.Union([Type.String(), Type.Null()]),
    sinceMs: Type.Integer(),
  }),
)

/** The active version of a model and the one before it, or undefined if none was ever active. Throws `store_failed`. */
export function readPointer(
  storePath: string,
  model: string,
  files: Files = nodeFiles,
): ModelPointer | undefined {
  const path = pointerFile(storePath, model)
  const text = orStoreFailed(`the pointer of ${model} could not be read`, () => readIfThere(path, files))
  if (text === undefined) return undefined
  const value = parseJson(text)
  if (pointerCheck.Check(value)) return value
  throw new ChangeoverError(
    'store_failed',
    `${path} is not a pointer that this program wrote; restore it from a backup, or remove it to start again`,
  )
}

function readIfThere(path: string, files: Files): string | undefined {
  try {
    return files.readFileSync(path, 'utf8')
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Makes a published version the active one; the one that was active becomes the previous. This is the commit point of a
 * rollout: if it throws, the pointer is unchanged. Throws `version_unknown`, `version_damaged` and `store_failed`.
 */
export function activate(
  storePath: string,
  target: ModelVersion,
  nowMs: number,
  files: Files = nodeFiles,
): ModelPointer {
  readManifest(storePath, target, files)
  const before = readPointer(storePath, target.model, files)
  if (before?.active === target.version) return before
  const pointer: ModelPointer = {
    model: target.model,
    active: target.version,
    previous: before?.active ?? null,
    sinceMs: nowMs,
  }
  orStoreFailed(`${formatModelVersion(target)} could not be made active`, () => {
    makeFoldersIn(storePath, ['models', target.model], files)
    try {
      writePointer(storePath, pointer, files)
      // A process that removes a version checks the pointer after moving it away: one of both sees the other.
      readManifest(storePath, target, files)
    } catch (error) {
      putBack(storePath, target, before, files)
      throw error
    }
  })
  return pointer
}

function writePointer(storePath: string, pointer: ModelPointer, files: Files): void {
  const beside = temporaryPath(storePath, 'pointer', files)
  replaceDurably(pointerFile(storePath, pointer.model), `${JSON.stringify(pointer)}\n`, beside, files)
}

/**
 * Undoes a change that failed after the new pointer was written: its folder could not be synced, or the version
 * had just been removed. The previous version was not pointed at meanwhile; if that has been removed, there is none.
 */
function putBack(
  storePath: string,
  target: ModelVersion,
  before: ModelPointer | undefined,
  files: Files,
): void {
  if (readPointer(storePath, target.model, files)?.active !== target.version) return
  if (before !== undefined) {
    writePointer(storePath, before, files)
    if (before.previous !== null && !isThere(storePath, { ...before, version: before.previous }, files))
      writePointer(storePath, { ...before, previous: null }, files)
    return
  }
  const path = pointerFile(storePath, target.model)
  files.unlinkSync(path)
  syncFolder(dirname(path), files)
}

function isThere(storePath: string, version: ModelVersion, files: Files): boolean {
  return files.statSync(versionFolder(storePath, version), { throwIfNoEntry: false }) !== undefined
}
