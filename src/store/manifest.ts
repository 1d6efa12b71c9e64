import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import Type from 'typebox'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'

import { ChangeoverError, formatModelVersion, tokenizerNames } from '../contracts/index.ts'
import type { ModelVersion } from '../contracts/index.ts'
import { fileNames, versionFolder } from './layout.ts'

const ManifestSchema = Type.Object({
  model: Type.String(),
  version: Type.String(),
  engine: Type.Literal('fasttext'),
  tokenizer: Type.Enum(tokenizerNames),
  /** In the order of loading; only where there are some. */
  userDictionaries: Type.Optional(
    Type.Array(Type.Object({ fileName: Type.String(), sha256: Type.String() })),
  ),
  /** The ICU of the process that published, for the tokenizer `intl`, whose cuts depend on it. */
  icuVersion: Type.Optional(Type.String()),
  /** Only where the version was told to keep them. */
  sentenceVectors: Type.Optional(Type.Boolean()),
  labels: Type.Array(Type.String()),
  source: Type.Object({ fileName: Type.String(), sizeBytes: Type.Integer(), sha256: Type.String() }),
  compiled: Type.Object({ sizeBytes: Type.Integer(), sha256: Type.String() }),
  publishedAtMs: Type.Integer(),
})

/** What is known of a version; written once, when it is published. */
export type Manifest = Static<typeof ManifestSchema>

const manifestCheck = Compile(ManifestSchema)

/** Reads a version's manifest. Throws `version_unknown` where there is none, `version_damaged` where it cannot be understood. */
export function readManifest(storePath: string, target: ModelVersion): Manifest {
  const path = join(versionFolder(storePath, target), fileNames.manifest)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ChangeoverError(
      'version_unknown',
      `${formatModelVersion(target)} is not in the store ${storePath}; \`changeover models\` lists what is`,
      { cause: error },
    )
  }
  try {
    const value: unknown = JSON.parse(text)
    if (manifestCheck.Check(value)) return value
  } catch {
    // Falls through to the same report as a manifest of another shape.
  }
  throw new ChangeoverError(
    'version_damaged',
    `${path} is not a manifest that this program wrote; publish the version anew under another name`,
  )
}
