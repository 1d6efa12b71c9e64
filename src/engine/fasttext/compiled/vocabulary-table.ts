import { fnvHash } from '../predict/fnv.ts'

/** Honest words need some dozens of probes at most; more means words that were chosen to collide. */
const maxProbes = 1_000

/** uint32 numbers in one slot: hash, id + 1 (0: empty slot), byte offset and byte length of the word. */
export const slotWidth = 4

/**
 * Words and their ids. `slots` is an open-addressing hash table of a power of two slots, of which some are
 * always empty; a collision goes to the next slot. `wordBytes` holds the words it points to, in UTF-8.
 */
export type VocabularyTable = {
  readonly slots: Uint32Array
  readonly wordBytes: Uint8Array
}

/**
 * Where the word bytes[start, end) with this hash stands in the table, or the empty slot where it would stand,
 * as an index into `slots`; -1 where a damaged table has no empty slot.
 */
function probe(table: VocabularyTable, bytes: Uint8Array, start: number, end: number, hash: number): number {
  const { slots, wordBytes } = table
  const wanted = hash >>> 0
  const last = slots.length - slotWidth
  let index = Math.imul(hash, slotWidth) & last
  for (let looked = 0; looked < slots.length; looked += slotWidth) {
    if (slots[index + 1] === 0) return index
    if (slots[index] === wanted && slots[index + 3] === end - start) {
      if (isSame(wordBytes, slots[index + 2] as number, bytes, start, end)) return index
    }
    index = (index + slotWidth) & last
  }
  return -1
}

function isSame(words: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (words[at + i - start] !== bytes[i]) return false
  }
  return true
}

/** The id of the word bytes[start, end), or -1. */
export function findWord(
  table: VocabularyTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  hash: number,
): number {
  const index = probe(table, bytes, start, end, hash)
  return index < 0 ? -1 : (table.slots[index + 1] as number) - 1
}

/** A table that grows while words are added; ids count up from 0. */
export type VocabularyBuilder = {
  slots: Uint32Array
  wordBytes: Uint8Array
  wordBytesUsed: number
  wordCount: number
}

export function createVocabularyBuilder(): VocabularyBuilder {
  return {
    slots: new Uint32Array(8 * slotWidth),
    wordBytes: new Uint8Array(64),
    wordBytesUsed: 0,
    wordCount: 0,
  }
}

/** Appends piece[start, end) to the bytes of the word that the next `addWord` takes. */
export function appendWordBytes(
  builder: VocabularyBuilder,
  piece: Uint8Array,
  start: number,
  end: number,
): void {
  const needed = builder.wordBytesUsed + end - start
  if (needed > builder.wordBytes.length) {
    const grown = new Uint8Array(Math.max(needed, builder.wordBytes.length * 2))
    grown.set(builder.wordBytes.subarray(0, builder.wordBytesUsed))
    builder.wordBytes = grown
  }
  // Words are short: for them a loop is faster than a view for every word.
  for (let i = start; i < end; i++) builder.wordBytes[builder.wordBytesUsed + i - start] = piece[i] as number
  builder.wordBytesUsed = needed
}

/**
 * Makes the bytes appended since byte `start` the next word, unless the table has it already (`duplicate`) or
 * a thousand words crowd the place where it belongs (`crowded`): then it would take forever to build.
 */
export function addWord(builder: VocabularyBuilder, start: number): 'added' | 'duplicate' | 'crowded' {
  if ((builder.wordCount + 1) * 2 * slotWidth > builder.slots.length) growSlots(builder)
  const end = builder.wordBytesUsed
  const hash = fnvHash(builder.wordBytes, start, end)
  const index = probe(builder, builder.wordBytes, start, end, hash)
  if (builder.slots[index + 1] !== 0) return 'duplicate'
  const last = builder.slots.length - slotWidth
  const probes = ((index - Math.imul(hash, slotWidth)) & last) / slotWidth
  if (probes > maxProbes) return 'crowded'
  builder.wordCount++
  builder.slots[index] = hash
  builder.slots[index + 1] = builder.wordCount
  builder.slots[index + 2] = start
  builder.slots[index + 3] = end - start
  return 'added'
}

function growSlots(builder: VocabularyBuilder): void {
  const old = builder.slots
  const grown = new Uint32Array(old.length * 2)
  const last = grown.length - slotWidth
  for (let from = 0; from < old.length; from += slotWidth) {
    if (old[from + 1] === 0) continue
    let to = Math.imul(old[from] as number, slotWidth) & last
    while (grown[to + 1] !== 0) to = (to + slotWidth) & last
    for (let i = 0; i < slotWidth; i++) grown[to + i] = old[from + i] as number
  }
  builder.slots = grown
}
