import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

import Type from 'typebox'
import { Compile } from 'typebox/compile'

import { ChangeoverError } from '../contracts/index.ts'
import type { ModelPointer, ModelVersion } from '../contracts/index.ts'
import { replaceDurably } from './durable-write.ts'
import { pointerFile } from './layout.ts'
import { readManifest } from './manifest.ts'

const pointerCheck = Compile(
  Type.Object({
    model: Type.String(),
    active: Type.String(),
    previous: Type.Union([Type.String(), Type.Null()]),
    sinceMs: Type.Integer(),
  }),
)

/** The active version of a model and the one before it, or undefined where none was ever made active. */
export function readPointer(storePath: string, model: string): ModelPointer | undefined {
  const path = pointerFile(storePath, model)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const value: unknown = JSON.parse(text)
  if (pointerCheck.Check(value)) return value
  throw new ChangeoverError(
    'store_failed',
    `${path} is not a pointer that this program wrote; restore it from a backup, or remove it to begin anew`,
  )
}

/** Makes a published version the active one; the one that was active becomes the previous. This is the commit point of a rollout. */
export function activate(storePath: string, target: ModelVersion, nowMs: number): ModelPointer {
  readManifest(storePath, target)
  const before = readPointer(storePath, target.model)
  if (before?.active === target.version) return before
  const pointer: ModelPointer = {
    model: target.model,
    active: target.version,
    previous: before?.active ?? null,
    sinceMs: nowMs,
  }
  const path = pointerFile(storePath, target.model)
  mkdirSync(dirname(path), { recursive: true })
  replaceDurably(path, `${JSON.stringify(pointer)}\n`)
  return pointer
}
