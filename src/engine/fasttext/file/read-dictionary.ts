import { createPrunedBuckets, keepBucket, type PrunedBuckets } from '../compiled/pruned-buckets.ts'
import {
  addWord,
  appendWordBytes,
  createVocabularyBuilder,
  type VocabularyBuilder,
  type VocabularyTable,
} from '../compiled/vocabulary-table.ts'
import { ModelFileError } from '../errors.ts'
import type { EntryCount } from '../model-description.ts'
import { decodeUtf8 } from '../utf8.ts'
import {
  type FileCursor,
  readByte,
  readInt32,
  readInt64,
  readTerminated,
  remainingBytes,
  requireBytes,
  skipBytes,
} from './file-cursor.ts'

const minEntryBytes = 11
/** After a word: its count and its type. */
const entryTailBytes = 9
const maxWordBytes = 2 ** 30
const labelEntry = 1
const maxFirstWords = 10

/** The words and labels of a model file. A word's id counts from 0; the labels' ids follow the words'. */
export type Dictionary = {
  readonly nWords: number
  readonly nLabels: number
  readonly nTokens: number
  /** -1: not pruned; else how many n-gram buckets were kept. */
  readonly pruneSize: number
  readonly prunedBuckets: PrunedBuckets
  readonly vocabulary: VocabularyTable
  /** Byte offsets into the vocabulary's word bytes: label i is [i] to [i + 1]. */
  readonly labelOffsets: Uint32Array
  readonly labelCounts: readonly number[]
  /** The first words, in UTF-8, and their counts. */
  readonly firstWords: readonly EntryCount[]
}

/** The header of the dictionary, before its entries. */
export type DictionaryHeader = Pick<Dictionary, 'nWords' | 'nLabels' | 'nTokens' | 'pruneSize'>

/** Reads the dictionary; throws `bad_dictionary`, `duplicate_word`, `bad_prune_table` or `too_large`. */
export function readDictionary(cursor: FileCursor): Dictionary {
  const header = readDictionaryHeader(cursor)
  const size = header.nWords + header.nLabels
  const builder = createVocabularyBuilder()
  const labelOffsets: number[] = []
  const labelCounts: number[] = []
  const firstWords: EntryCount[] = []
  for (let id = 0; id < size; id++) {
    const start = builder.wordBytesUsed
    const count = readEntry(cursor, builder, id < header.nWords ? 0 : labelEntry)
    if (id < Math.min(maxFirstWords, header.nWords)) {
      firstWords.push({ text: decodeUtf8(builder.wordBytes, start, builder.wordBytesUsed), count })
    }
    if (id < header.nWords) continue
    labelOffsets.push(start)
    labelCounts.push(count)
  }
  labelOffsets.push(builder.wordBytesUsed)
  const prunedBuckets = readPruneTable(cursor, header.pruneSize)
  return {
    ...header,
    prunedBuckets,
    vocabulary: {
      slots: builder.slots,
      wordBytes: builder.wordBytes.subarray(0, builder.wordBytesUsed),
    },
    labelOffsets: Uint32Array.from(labelOffsets),
    labelCounts,
    firstWords,
  }
}

/** Steps over the dictionary without keeping its words; throws as `readDictionary`, but for words that are there twice. */
export function skipDictionary(cursor: FileCursor): DictionaryHeader {
  const header = readDictionaryHeader(cursor)
  for (let left = header.nWords + header.nLabels; left > 0; left--) {
    readTerminated(cursor, 'a word of the dictionary', () => undefined)
    skipBytes(cursor, entryTailBytes, 'the count and the type of a word')
  }
  const pruneSize = Math.max(0, header.pruneSize)
  skipBytes(cursor, pruneSize * 8, 'the table of kept n-gram buckets')
  return header
}

function readDictionaryHeader(cursor: FileCursor): DictionaryHeader {
  const start = cursor.position
  const size = readInt32(cursor, 'the number of dictionary entries')
  const nWords = readInt32(cursor, 'the number of words')
  const nLabels = readInt32(cursor, 'the number of labels')
  const nTokens = readInt64(cursor, 'the number of tokens')
  const pruneSize = readInt64(cursor, 'the number of kept n-gram buckets')
  if (size <= 0 || nWords < 0 || nLabels < 0 || size !== nWords + nLabels) {
    throw badDictionary(start, `it claims ${size} entries, ${nWords} words and ${nLabels} labels`)
  }
  if (!isCount(nTokens)) throw badDictionary(start + 12, `it claims ${nTokens} tokens`)
  if (pruneSize < -1 || pruneSize * 8 > remainingBytes(cursor)) throw badPruneSize(start + 20, pruneSize)
  requireBytes(cursor, size * minEntryBytes, `a dictionary of ${size} entries`)
  return { nWords, nLabels, nTokens, pruneSize }
}

function readEntry(cursor: FileCursor, builder: VocabularyBuilder, expectedType: number): number {
  const offset = cursor.position
  const start = builder.wordBytesUsed
  readTerminated(cursor, 'a word of the dictionary', (window, from, to) => {
    if (builder.wordBytesUsed + to - from > maxWordBytes) throw tooManyWordBytes(offset)
    appendWordBytes(builder, window, from, to)
  })
  const count = readInt64(cursor, 'the count of a word')
  const type = readByte(cursor, 'the type of a word')
  if (builder.wordBytesUsed === start) throw badDictionary(offset, 'it has an empty word')
  if (!isCount(count)) throw badDictionary(offset, `it has a word with the count ${count}`)
  if (type !== expectedType) {
    const expected = expectedType === labelEntry ? 'a label' : 'a word'
    throw badDictionary(offset, `it has an entry of type ${type} where ${expected} must stand`)
  }
  const added = addWord(builder, start)
  if (added === 'duplicate') throw duplicateWord(offset)
  if (added === 'crowded') throw badDictionary(offset, 'its words were chosen to have the same hash')
  return count
}

function isCount(value: number): boolean {
  return value >= 0 && Number.isSafeInteger(value)
}

function readPruneTable(cursor: FileCursor, pruneSize: number): PrunedBuckets {
  const offset = cursor.position
  requireBytes(cursor, Math.max(0, pruneSize) * 8, 'the table of kept n-gram buckets')
  const table = createPrunedBuckets(pruneSize)
  for (let i = 0; i < pruneSize; i++) {
    const bucket = readInt32(cursor, 'a kept n-gram bucket')
    const target = readInt32(cursor, 'the row of a kept n-gram bucket')
    if (target < 0 || target >= pruneSize) throw badPruneTarget(cursor.position - 4, target, pruneSize)
    // A bucket that no n-gram can have is kept by no one.
    if (bucket >= 0 && !keepBucket(table, bucket, target)) throw crowdedPruneTable(offset)
  }
  return table
}

function badDictionary(offset: number, why: string): ModelFileError {
  const message = `The model file is damaged: ${why} (dictionary, byte ${offset}). Copy or train it again.`
  return new ModelFileError('bad_dictionary', offset, message)
}

function duplicateWord(offset: number): ModelFileError {
  return new ModelFileError(
    'duplicate_word',
    offset,
    `The model file is damaged: the dictionary entry at byte ${offset} repeats an earlier one. Copy or train it again.`,
  )
}

function tooManyWordBytes(offset: number): ModelFileError {
  return new ModelFileError(
    'too_large',
    offset,
    `The words of this model take more than ${maxWordBytes} bytes. Train it with a higher -minCount.`,
  )
}

function badPruneSize(offset: number, pruneSize: number): ModelFileError {
  return new ModelFileError(
    'bad_prune_table',
    offset,
    `The model file is damaged or cut short: it claims ${pruneSize} kept n-gram buckets, ` +
      `which the rest of the file cannot hold. Copy it again and compare the sizes.`,
  )
}

function badPruneTarget(offset: number, target: number, pruneSize: number): ModelFileError {
  return new ModelFileError(
    'bad_prune_table',
    offset,
    `The model file is damaged: a kept n-gram bucket points to row ${target} of ${pruneSize}. Copy or quantize it again.`,
  )
}

function crowdedPruneTable(offset: number): ModelFileError {
  return new ModelFileError(
    'bad_prune_table',
    offset,
    'The model file is damaged: its kept n-gram buckets were chosen to collide. Copy or quantize it again.',
  )
}
