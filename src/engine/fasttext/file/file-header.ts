import { ModelFileError } from '../errors.ts'
import { losses, type ModelArguments, modelKinds } from '../model-description.ts'
import { type FileCursor, readByte, readFloat64, readInt32 } from './file-cursor.ts'
import { describeForeign } from './foreign-file.ts'

const magicBytes = [0xba, 0x16, 0x4f, 0x2f]
const oldestVersion = 11
const newestVersion = 12

/** Steps over the magic number; throws `empty_file` or `not_a_model`. */
export function readMagic(cursor: FileCursor): void {
  if (cursor.source.sizeBytes === 0) {
    throw new ModelFileError('empty_file', 0, 'The model file is empty. Copy or train the model again.')
  }
  const beginning = magicBytes.slice(0, cursor.source.sizeBytes).map(() => readByte(cursor, 'the beginning'))
  if (!beginning.every((byte, i) => byte === magicBytes[i])) {
    throw new ModelFileError(
      'not_a_model',
      0,
      `This is not a fastText model: it does not begin with the fastText signature. ${describeForeign(cursor.source)}`,
    )
  }
  if (beginning.length < magicBytes.length) readByte(cursor, 'the signature')
}

/** The version of the file format; throws `unsupported_version`. */
export function readVersion(cursor: FileCursor): number {
  const offset = cursor.position
  const version = readInt32(cursor, 'the format version')
  if (version >= oldestVersion && version <= newestVersion) return version
  throw new ModelFileError(
    'unsupported_version',
    offset,
    `The model file has format version ${version}; versions ${oldestVersion} and ${newestVersion} can be read. ` +
      `Train the model again with fastText 0.9.`,
  )
}

/** The training arguments; throws `bad_argument` if one is impossible. */
export function readArguments(cursor: FileCursor, version: number): ModelArguments {
  const start = cursor.position
  const dim = readWhole(cursor, 'dim', 1)
  const ws = readInt32(cursor, 'ws')
  const epoch = readInt32(cursor, 'epoch')
  const minCount = readInt32(cursor, 'minCount')
  const neg = readInt32(cursor, 'neg')
  const wordNgrams = readWhole(cursor, 'wordNgrams', 0)
  const loss = readName(cursor, 'loss', losses)
  const model = readName(cursor, 'model', modelKinds)
  const bucket = readWhole(cursor, 'bucket', 0)
  const minn = readWhole(cursor, 'minn', 0)
  const storedMaxn = readWhole(cursor, 'maxn', 0)
  const lrUpdateRate = readInt32(cursor, 'lrUpdateRate')
  const t = readFloat64(cursor, 't')
  if (!Number.isFinite(t)) throw badArgument(cursor.position - 8, 't', t, 'a finite number')
  // Version 11 supervised models were trained without subwords, whatever their maxn is.
  const maxn = version === 11 && model === 'supervised' ? 0 : storedMaxn
  if (bucket === 0 && (wordNgrams > 1 || maxn > 0)) {
    throw badArgument(start + 32, 'bucket', 0, 'at least 1, since the model uses word n-grams or subwords')
  }
  return { dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate, t }
}

function readWhole(cursor: FileCursor, name: string, least: number): number {
  const offset = cursor.position
  const value = readInt32(cursor, name)
  if (value < least) throw badArgument(offset, name, value, `at least ${least}`)
  return value
}

function readName<T>(cursor: FileCursor, name: string, names: readonly T[]): T {
  const offset = cursor.position
  const value = readInt32(cursor, name)
  const found = names[value - 1]
  if (found === undefined) throw badArgument(offset, name, value, `1 to ${names.length}`)
  return found
}

function badArgument(offset: number, name: string, value: number, expected: string): ModelFileError {
  return new ModelFileError(
    'bad_argument',
    offset,
    `The model file is damaged: its argument ${name} is ${value}, but must be ${expected}. Copy or train it again.`,
  )
}
