import { createNumberList, type NumberList, reserve } from '../compiled/number-list.ts'
import { findBucket, type PrunedBuckets } from '../compiled/pruned-buckets.ts'
import { findWord, type VocabularyTable } from '../compiled/vocabulary-table.ts'
import { encodeUtf8 } from '../utf8.ts'
import { fnvHash, fnvStart, fnvStep } from './fnv.ts'
import { ngramMultiplier, productHighWord, remainderOfWide } from './wide-arithmetic.ts'

/** What turns text into row ids: the vocabulary and the numbers that shape n-grams and subwords. */
export type FeatureModel = {
  readonly vocabulary: VocabularyTable
  readonly prunedBuckets: PrunedBuckets
  readonly nWords: number
  readonly wordNgrams: number
  readonly minn: number
  readonly maxn: number
  readonly bucket: number
}

/** Reused buffers; after extractFeatures, `rows` holds the ids of the input rows to average, in order. */
export type FeatureBuffers = {
  bytes: Uint8Array
  rows: NumberList
  hashes: NumberList
  /** The words of the text, without its end, and how many of them the model knows. */
  words: number
  knownWords: number
}

const space = 0x20
const lessThan = 0x3c
const greaterThan = 0x3e
const endOfSentence = Uint8Array.of(0x3c, 0x2f, 0x73, 0x3e)
const endOfSentenceHash = fnvHash(endOfSentence, 0, endOfSentence.length)
const labelPrefix = Uint8Array.from('__label__', (letter) => letter.charCodeAt(0))
/** One byte before the text and some after it, for wrapping a token in `<` and `>`. */
const marginBytes = 4

/** Buffers that a long text made larger than this are given back after it: a worker lives for months. */
const keptBytes = 1 << 18

export function createFeatureBuffers(): FeatureBuffers {
  return {
    bytes: new Uint8Array(1024),
    rows: createNumberList(256),
    hashes: createNumberList(64),
    words: 0,
    knownWords: 0,
  }
}

/** Gives back what only a long text needed; the rows are empty then. */
export function shrinkBuffers(buffers: FeatureBuffers): void {
  const { bytes, rows, hashes, words, knownWords } = buffers
  const isLarge = (array: { readonly byteLength: number }): boolean => array.byteLength > keptBytes
  if (isLarge(bytes) || isLarge(rows.items) || isLarge(hashes.items))
    Object.assign(buffers, createFeatureBuffers(), { words, knownWords })
}

/**
 * Fills `buffers.rows` with the rows of `text`: words, their subwords (Bojanowski et al. 2017) and word
 * n-grams (Joulin et al. 2017). They are those that the reference takes from the text as one line: line feeds part tokens as
 * other white space does, and so does a literal `</s>`, which ends a line there. `</s>` is the last token, and only that.
 */
export function extractFeatures(model: FeatureModel, buffers: FeatureBuffers, text: string): void {
  buffers.rows.length = 0
  buffers.hashes.length = 0
  buffers.words = 0
  buffers.knownWords = 0
  const end = encodeText(buffers, text)
  const { bytes } = buffers
  for (let at = 1; ;) {
    while (at < end && isSpace(bytes[at] as number)) at++
    if (at === end) break
    const start = at
    let hash = fnvStart
    for (; at < end && !isSpace(bytes[at] as number); at++) hash = fnvStep(hash, bytes[at] as number)
    if (!isEndOfSentence(bytes, start, at)) addToken(model, buffers, start, at, hash)
  }
  addEndOfSentence(model, buffers)
  if (model.wordNgrams > 1) addWordNgrams(model, buffers)
}

/** Writes the text as UTF-8 after the first byte of the buffer and returns its end. */
function encodeText(buffers: FeatureBuffers, text: string): number {
  const needed = text.length * 3 + marginBytes
  if (needed > buffers.bytes.length)
    buffers.bytes = new Uint8Array(Math.max(needed, buffers.bytes.length * 2))
  return encodeUtf8(text, buffers.bytes, 1)
}

/** Exactly the bytes that end a token in the reference: space, \t, \n, \v, \f, \r and \0. */
function isSpace(byte: number): boolean {
  return byte <= space && (byte === space || (byte >= 0x09 && byte <= 0x0d) || byte === 0)
}

function isEndOfSentence(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === endOfSentence.length && startsWith(bytes, start, endOfSentence)
}

function startsWith(bytes: Uint8Array, start: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[start + i] !== prefix[i]) return false
  }
  return true
}

function addToken(
  model: FeatureModel,
  buffers: FeatureBuffers,
  start: number,
  end: number,
  hash: number,
): void {
  const id = findWord(model.vocabulary, buffers.bytes, start, end, hash)
  if (id >= model.nWords) return
  if (id < 0 && end - start >= labelPrefix.length && startsWith(buffers.bytes, start, labelPrefix)) return
  buffers.words++
  if (id >= 0) {
    buffers.knownWords++
    pushNumber(buffers.rows, id)
  }
  if (model.maxn > 0) addSubwords(model, buffers, start, end)
  pushNumber(buffers.hashes, hash)
}

function addEndOfSentence(model: FeatureModel, buffers: FeatureBuffers): void {
  const { vocabulary, nWords } = model
  const id = findWord(vocabulary, endOfSentence, 0, endOfSentence.length, endOfSentenceHash)
  if (id >= nWords) return
  if (id >= 0) pushNumber(buffers.rows, id)
  pushNumber(buffers.hashes, endOfSentenceHash)
}

function pushNumber(list: NumberList, value: number): void {
  reserve(list, 1)
  list.items[list.length++] = value
}

/** Adds the rows of all subwords of `<token>`; borrows the bytes beside the token for the brackets. */
function addSubwords(model: FeatureModel, buffers: FeatureBuffers, start: number, end: number): void {
  const { bytes } = buffers
  const before = bytes[start - 1] as number
  const after = bytes[end] as number
  bytes[start - 1] = lessThan
  bytes[end] = greaterThan
  for (let from = start - 1; from <= end; from++) {
    if (!isContinuation(bytes[from] as number)) addSubwordsFrom(model, buffers, from, start - 1, end + 1)
  }
  bytes[start - 1] = before
  bytes[end] = after
}

/** Adds the subwords of bytes[start, end) that begin at `from`, from the shortest to the longest. */
function addSubwordsFrom(
  model: FeatureModel,
  buffers: FeatureBuffers,
  from: number,
  start: number,
  end: number,
): void {
  const { bytes, rows } = buffers
  const { minn, maxn, bucket } = model
  reserve(rows, Math.min(maxn, end - from))
  let hash = fnvStart
  let at = from
  for (let length = 1; length <= maxn && at < end; length++) {
    do hash = fnvStep(hash, bytes[at++] as number)
    while (at < end && isContinuation(bytes[at] as number))
    const isBracket = length === 1 && (from === start || at === end)
    if (length >= minn && !isBracket) pushBucket(model, rows, (hash >>> 0) % bucket)
  }
}

/** Adds the row of an n-gram bucket, unless it was pruned; there must be room. */
function pushBucket({ nWords, prunedBuckets }: FeatureModel, rows: NumberList, bucket: number): void {
  if (prunedBuckets.length === 0) {
    rows.items[rows.length++] = nWords + bucket
    return
  }
  const row = findBucket(prunedBuckets, bucket)
  if (row >= 0) rows.items[rows.length++] = nWords + row
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** Adds the rows of all runs of 2 to wordNgrams tokens, by their 64-bit hashes. */
function addWordNgrams(model: FeatureModel, buffers: FeatureBuffers): void {
  const { wordNgrams, bucket } = model
  const { rows, hashes } = buffers
  const inverse = 1 / bucket
  for (let first = 0; first < hashes.length; first++) {
    const end = Math.min(hashes.length, first + wordNgrams)
    reserve(rows, end - first)
    let low = hashes.items[first] as number
    let high = low >> 31
    for (let next = first + 1; next < end; next++) {
      const added = hashes.items[next] as number
      const product = Math.imul(low, ngramMultiplier)
      high = Math.imul(high, ngramMultiplier) + productHighWord(low) + (added >> 31)
      low = (product + added) | 0
      const carry = low >>> 0 < product >>> 0 ? 1 : 0
      high = (high + carry) | 0
      pushBucket(model, rows, remainderOfWide(high, low, bucket, inverse))
    }
  }
}
