import { createHash } from 'node:crypto'
import { join } from 'node:path'

import type { Static } from '#typebox'
import Type from '#typebox'
import { Compile } from '#typebox/compile'

import { tokenizerNames } from '../../config/schema/index.ts'
import type { ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError, formatModelVersion } from '../../contracts/index.ts'
import type { Files } from '../fs/files.ts'
import { failureCode, nodeFiles } from '../fs/files.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { fileNames, versionFolder } from '../layout.ts'

const storedFile = { sizeBytes: Type.Integer(), sha256: Type.String() }
const Integer = Type.Integer()

const ManifestSchema = Type.Object({
  /**
   * 2 if it has `mainDictionary`, `hmm` or `stopWords`. Builds that do not know them would cut texts in another way; these compute
   * another hash, and refuse the version.
   */
  format: Type.Optional(Type.Literal(2)),
  model: Type.String(),
  version: Type.String(),
  engine: Type.Literal('fasttext'),
  tokenizer: Type.Enum(tokenizerNames),
  /** In place of jieba's own dictionary. */
  mainDictionary: Type.Optional(Type.Object({ fileName: Type.String(), sha256: Type.String() })),
  /** In the order of loading; only if there are some. */
  userDictionaries: Type.Optional(
    Type.Array(Type.Object({ fileName: Type.String(), sha256: Type.String() })),
  ),
  /** The dictionary of the main one, or jieba's own, with these words, compiled. */
  dictionary: Type.Optional(Type.Object(storedFile)),
  /** Only if jieba does not look for words that the dictionary lacks. */
  hmm: Type.Optional(Type.Literal(false)),
  /** Only if there are some. */
  stopWords: Type.Optional(Type.Array(Type.Object({ fileName: Type.String(), ...storedFile }))),
  /** The ICU of the process that published, for the tokenizer `intl`, whose cuts depend on it. */
  icuVersion: Type.Optional(Type.String()),
  /** Only if the version was published with them. */
  sentenceVectors: Type.Optional(Type.Boolean()),
  /** The first of its labels, `maxListed` at most; all of them in versions without a `labelCount`. */
  labels: Type.Array(Type.String()),
  /** How many labels it has; the compiled model lists them. */
  labelCount: Type.Optional(Integer),
  /** The arguments of the training, as the model file records them. */
  training: Type.Object({
    loss: Type.String(),
    dim: Integer,
    epoch: Integer,
    wordNgrams: Integer,
    minn: Integer,
    maxn: Integer,
    bucket: Integer,
    minCount: Integer,
    ws: Integer,
    neg: Integer,
  }),
  source: Type.Object({ fileName: Type.String(), ...storedFile }),
  compiled: Type.Object(storedFile),
  publishedAtMs: Type.Integer(),
  publishedBy: Type.String(),
  note: Type.Optional(Type.String()),
  meta: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** The hash of all fields before it. */
  sha256: Type.String(),
})

/** The description of a version; written once, when it is published. */
export type Manifest = Static<typeof ManifestSchema>

/**
 * A manifest is read whole by every command and, between requests, by workers: with 300,000 labels in it that took 100 ms
 * each time. Builds without `labelCount` can read it too.
 */
const maxListed = 1_000

/** The fields of a manifest for these labels. */
export function describeLabels(labels: readonly string[]): Pick<Manifest, 'labels' | 'labelCount'> {
  return { labels: labels.slice(0, maxListed), labelCount: labels.length }
}

/** How many labels a version has. */
export function countLabels({ labels, labelCount = labels.length }: Manifest): number {
  return labelCount
}

const manifestCheck = Compile(ManifestSchema)

/** A manifest with the hash of its fields. */
export function sealManifest(content: Omit<Manifest, 'sha256'>): Manifest {
  return { ...content, sha256: hashContent(content) }
}

/**
 * Reads a version's manifest; `check` looks at its text, which is what is then understood. Throws `version_unknown` if there is none, `version_damaged` if it is not as it was written,
 * and `store_failed`.
 */
export function readManifest(
  storePath: string,
  target: ModelVersion,
  files: Files = nodeFiles,
  check?: (text: string) => void,
): Manifest {
  const path = join(versionFolder(storePath, target), fileNames.manifest)
  const text = orStoreFailed(`the manifest of ${formatModelVersion(target)} could not be read`, () => {
    try {
      return files.readFileSync(path, 'utf8')
    } catch (error) {
      if (failureCode(error) !== 'ENOENT') throw error
      throw new ChangeoverError(
        'version_unknown',
        `${formatModelVersion(target)} is not in the store ${storePath}; \`changeover models\` lists what is`,
        { cause: error },
      )
    }
  })
  check?.(text)
  const manifest = parseManifest(text)
  if (manifest?.model === target.model && manifest.version === target.version) return manifest
  throw new ChangeoverError(
    'version_damaged',
    `${path} is not as this program wrote it: ${formatModelVersion(target)} cannot be used; publish its file again under another version`,
  )
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!manifestCheck.Check(value)) return undefined
    const { sha256, ...content } = value
    return hashContent(content) === sha256 ? value : undefined
  } catch {
    return undefined
  }
}

function hashContent(content: Omit<Manifest, 'sha256'>): string {
  const prefix = content.format === undefined ? '' : `manifest ${content.format}\n`
  return createHash('sha256').update(prefix).update(JSON.stringify(content)).digest('hex')
}
