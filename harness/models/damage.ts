import { swapLabels } from './swap-labels.ts'

/** A way in which a model file can be bad. `needsSelfTest`: the file is whole, and only what it answers is wrong. */
export type Damage = {
  readonly what: string
  readonly apply: (bytes: Buffer) => Buffer
  readonly needsSelfTest?: true
}

/** Where a fastText file has its numbers: two of its own, then twelve of the training, then the dictionary's. */
const offsets = { version: 4, dimension: 8, loss: 32, model: 36, words: 68, labels: 72 } as const

const cut = (share: number) => (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length * share))

const withInt =
  (offset: number, value: number) =>
  (bytes: Buffer): Buffer => {
    const changed = Buffer.from(bytes)
    changed.writeInt32LE(value, offset)
    return changed
  }

/** A number of the output matrix, which ends the file. */
const withFloat =
  (value: number) =>
  (bytes: Buffer): Buffer => {
    const changed = Buffer.from(bytes)
    changed.writeFloatLE(value, bytes.length - 40)
    return changed
  }

/** Damaged, half copied, mistaken and mistrained files: none of them may ever answer a caller. */
export const damages: readonly Damage[] = [
  { what: 'an empty file', apply: () => Buffer.alloc(0) },
  { what: 'cut within the header', apply: (bytes) => bytes.subarray(0, 50) },
  { what: 'cut at a tenth', apply: cut(0.1) },
  { what: 'cut at the half', apply: cut(0.5) },
  { what: 'without its last byte', apply: (bytes) => bytes.subarray(0, -1) },
  { what: 'with bytes after its end', apply: (bytes) => Buffer.concat([bytes, Buffer.alloc(64, 1)]) },
  { what: 'a text', apply: () => Buffer.from('this is not a model, whatever its name says\n'.repeat(100)) },
  { what: 'zeros', apply: (bytes) => Buffer.alloc(bytes.length) },
  { what: 'noise', apply: (bytes) => Buffer.from(bytes.map((_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24)) },
  { what: 'another magic number', apply: withInt(0, 793_712_315) },
  { what: 'a version of the format to come', apply: withInt(offsets.version, 99) },
  { what: 'a negative dimension', apply: withInt(offsets.dimension, -10) },
  { what: 'a dimension too large', apply: withInt(offsets.dimension, 1 << 30) },
  { what: 'an unknown loss', apply: withInt(offsets.loss, 17) },
  { what: 'a model that is not supervised', apply: withInt(offsets.model, 1) },
  { what: 'a negative number of words', apply: withInt(offsets.words, -1) },
  { what: 'more labels than there are', apply: withInt(offsets.labels, 1_000_000) },
  { what: 'a weight that is not a number', apply: withFloat(NaN) },
  { what: 'an infinite weight', apply: withFloat(Infinity) },
  { what: 'labels in each other’s place', apply: swapLabels, needsSelfTest: true },
]
