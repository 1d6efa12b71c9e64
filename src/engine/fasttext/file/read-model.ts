import type { ByteSource } from '../byte-io.ts'
import { ModelFileError } from '../errors.ts'
import type { EntryCount, Matrix, ModelArguments, ModelDescription } from '../model-description.ts'
import { decodeUtf8 } from '../utf8.ts'
import { type FileCursor, openCursor, remainingBytes } from './file-cursor.ts'
import { readArguments, readMagic, readVersion } from './file-header.ts'
import { type Dictionary, type DictionaryHeader, readDictionary, skipDictionary } from './read-dictionary.ts'
import { readDenseMatrix, readFlag, readQuantizedMatrix } from './read-matrix.ts'

/** A model file's description, and its dictionary ready for look-ups. */
export type ModelFile = { readonly description: ModelDescription; readonly dictionary: Dictionary }

/**
 * Describes a fastText model file of any kind and checks that it is whole; throws ModelFileError. The numbers
 * of its matrices are not checked: compileModel does that.
 */
export function readModel(source: ByteSource): ModelDescription {
  return readModelFile(source).description
}

/** The same, with the dictionary, for compiling. */
export function readModelFile(source: ByteSource): ModelFile {
  const cursor = openCursor(source)
  readMagic(cursor)
  const version = readVersion(cursor)
  const args = readArguments(cursor, version)
  const dictionaryOffset = cursor.position
  const dictionary = readDictionary(cursor)
  if (args.model === 'supervised' && dictionary.nLabels === 0) throw noLabels(dictionaryOffset)
  const { input, output } = readMatrices(cursor, args, dictionary)
  if (remainingBytes(cursor) > 0) throw trailingBytes(cursor)
  const { nWords, nLabels, nTokens, pruneSize } = dictionary
  const description: ModelDescription = {
    sizeBytes: source.sizeBytes,
    version,
    args,
    nWords,
    nLabels,
    nTokens,
    pruned: pruneSize >= 0,
    prunedBuckets: Math.max(0, pruneSize),
    labels: describeLabels(dictionary),
    firstWords: dictionary.firstWords,
    input,
    output,
  }
  return { description, dictionary }
}

/**
 * Checks that a file has the length that its own header, dictionary and matrices demand: cheap, as it keeps no word and reads no
 * matrix. Throws ModelFileError, `truncated` or `empty_file` if the end is missing, as during a copy.
 */
export function checkWhole(source: ByteSource): void {
  const cursor = openCursor(source)
  readMagic(cursor)
  const args = readArguments(cursor, readVersion(cursor))
  readMatrices(cursor, args, skipDictionary(cursor))
  if (remainingBytes(cursor) > 0) throw trailingBytes(cursor)
}

function readMatrices(
  cursor: FileCursor,
  args: ModelArguments,
  { nWords, nLabels, pruneSize }: DictionaryHeader,
): { readonly input: Matrix; readonly output: Matrix } {
  const quantFlagOffset = cursor.position
  const isQuantized = readFlag(cursor, 'the flag for a quantized input matrix')
  if (!isQuantized && pruneSize >= 0) throw denseButPruned(quantFlagOffset)
  const inputRows = nWords + (pruneSize >= 0 ? pruneSize : args.bucket)
  const inputShape = { name: 'input', rows: inputRows, columns: args.dim }
  const input = isQuantized ? readQuantizedMatrix(cursor, inputShape) : readDenseMatrix(cursor, inputShape)
  // As in the reference, the second flag counts only if the first is set.
  const isOutputQuantized = readFlag(cursor, 'the flag for a quantized output matrix') && isQuantized
  const outputRows = args.model === 'supervised' ? nLabels : nWords
  const outputShape = { name: 'output', rows: outputRows, columns: args.dim }
  const output = isOutputQuantized
    ? readQuantizedMatrix(cursor, outputShape)
    : readDenseMatrix(cursor, outputShape)
  return { input, output }
}

function describeLabels(dictionary: Dictionary): readonly EntryCount[] {
  const { labelCounts, labelOffsets, vocabulary } = dictionary
  return labelCounts.map((count, i) => ({
    text: decodeUtf8(vocabulary.wordBytes, labelOffsets[i] as number, labelOffsets[i + 1] as number),
    count,
  }))
}

function noLabels(offset: number): ModelFileError {
  return new ModelFileError(
    'bad_dictionary',
    offset,
    'The model is supervised but has no labels, so it can predict nothing. ' +
      'Train it on lines that begin with __label__.',
  )
}

function denseButPruned(offset: number): ModelFileError {
  return new ModelFileError(
    'bad_prune_table',
    offset,
    'The model file is damaged: its n-gram buckets are pruned, but its input matrix is not quantized, ' +
      'which fastText itself rejects. Quantize the original model again.',
  )
}

function trailingBytes(cursor: FileCursor): ModelFileError {
  return new ModelFileError(
    'trailing_bytes',
    cursor.position,
    `The model ends at byte ${cursor.position}, but the file goes on for ${remainingBytes(cursor)} bytes. ` +
      `It was damaged or joined with another file: copy it again and compare the sizes.`,
  )
}
