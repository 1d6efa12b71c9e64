import { findBucket } from '../compiled/pruned-buckets.ts'
import { findWord } from '../compiled/vocabulary-table.ts'
import type { FeatureModel } from '../predict/extract-features.ts'
import { fnvHash } from '../predict/fnv.ts'

/** What a row of the input matrix stands for in a text: a word, a part of one, or a run of words. */
export type FeatureKind = 'word' | 'subword' | 'ngram'

/** A feature with the text that it is made of: `<` and `>` in a subword are the ends of its word. */
export type NamedFeature = { readonly kind: FeatureKind; readonly text: string; readonly row: number }

const endOfSentence = '</s>'
const labelPrefix = '__label__'
const ngramMultiplier = 116049371n
const encoder = new TextEncoder()

/**
 * The features of a text, in the order and with the rows of `extractFeatures`, which has the method and its sources. Written
 * for people who ask why, so it is plain and slow: about a microsecond for each feature.
 */
export function nameFeatures(model: FeatureModel, text: string): NamedFeature[] {
  const features: NamedFeature[] = []
  const words: string[] = []
  const hashes: bigint[] = []
  for (const token of [...splitTokens(text), endOfSentence]) {
    const bytes = encoder.encode(token)
    const hash = fnvHash(bytes, 0, bytes.length)
    const id = findWord(model.vocabulary, bytes, 0, bytes.length, hash)
    if (id >= model.nWords || (id < 0 && token.startsWith(labelPrefix))) continue
    if (id >= 0) features.push({ kind: 'word', text: token, row: id })
    if (token !== endOfSentence) features.push(...nameSubwords(model, token))
    words.push(token)
    hashes.push(BigInt(hash))
  }
  return [...features, ...nameNgrams(model, words, hashes)]
}

function splitTokens(text: string): string[] {
  return text.split(/[ \t\n\v\f\r\0]+/).filter((token) => token !== '' && token !== endOfSentence)
}

function nameSubwords(model: FeatureModel, token: string): NamedFeature[] {
  const { minn, maxn, bucket } = model
  const features: NamedFeature[] = []
  if (maxn <= 0) return features
  // By code points, as the reference goes by characters of UTF-8.
  const characters = Array.from(`<${token}>`)
  for (let from = 0; from < characters.length; from++)
    for (let length = Math.max(1, minn); length <= maxn && from + length <= characters.length; length++) {
      if (length === 1 && (from === 0 || from === characters.length - 1)) continue
      const text = characters.slice(from, from + length).join('')
      const bytes = encoder.encode(text)
      const row = rowOfBucket(model, (fnvHash(bytes, 0, bytes.length) >>> 0) % bucket)
      if (row !== undefined) features.push({ kind: 'subword', text, row })
    }
  return features
}

function nameNgrams(
  model: FeatureModel,
  words: readonly string[],
  hashes: readonly bigint[],
): NamedFeature[] {
  const { wordNgrams, bucket } = model
  const features: NamedFeature[] = []
  for (let first = 0; first < words.length; first++) {
    let hash = BigInt.asUintN(64, hashes[first] as bigint)
    for (let next = first + 1; next < words.length && next < first + wordNgrams; next++) {
      hash = BigInt.asUintN(64, hash * ngramMultiplier + (hashes[next] as bigint))
      const row = rowOfBucket(model, Number(hash % BigInt(bucket)))
      if (row !== undefined)
        features.push({ kind: 'ngram', text: words.slice(first, next + 1).join(' '), row })
    }
  }
  return features
}

/** Undefined for a bucket that was pruned. */
function rowOfBucket({ nWords, prunedBuckets }: FeatureModel, bucket: number): number | undefined {
  if (prunedBuckets.length === 0) return nWords + bucket
  const row = findBucket(prunedBuckets, bucket)
  return row < 0 ? undefined : nWords + row
}
