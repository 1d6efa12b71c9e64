import { TokenizeError } from '../../errors.ts'
import { places } from '../hidden-markov-model.ts'

const magicNumber = 0x424a4843 // "CHJB" in a little-endian file
const formatVersion = 1
const headerBytes = 64
const totalByte = 32

/** Set in `codeOf` for a character that belongs to the blocks that are cut into words. */
export const blockFlag = 0x8000

/** How many entries the parts have that vary in size. */
type DictionarySizes = {
  readonly frequencyCount: number
  readonly codeCount: number
  readonly cellCount: number
  readonly splitUnitCount: number
}

/**
 * The compiled dictionary: views into one buffer, which may be mapped read-only. The file has a header of 64 bytes and
 * then these parts in this order, all numbers little-endian, each at a multiple of its number's size.
 */
export type Dictionary = {
  /** The sum of all frequencies. */
  readonly total: Float64Array
  /** ln(frequency) - ln(total) for each frequency that occurs, rising; at 0 that of a single unknown character. */
  readonly weights: Float64Array
  /** The frequencies themselves; 0 at 0. */
  readonly frequencies: Float64Array
  /** The start of the hidden Markov model, for B, E, M, S. */
  readonly start: Float64Array
  /** Its transitions, 4 × 4. */
  readonly transitions: Float64Array
  /** Its emissions, 4 for each code. */
  readonly emissions: Float64Array
  /** The words and their beginnings: a double array, whose values are places in `frequencies`. */
  readonly cells: Int32Array
  /** The code of each UTF-16 unit, with blockFlag; 0 for one that is in no block and no word. */
  readonly codeOf: Uint16Array
  /** The words to split wherever the model for unknown words finds them, each ended by LF, in UTF-16. */
  readonly splitUnits: Uint16Array
}

function refuse(message: string): never {
  throw new TokenizeError('bad_layout', `The dictionary cannot be opened: ${message}. Compile it again.`)
}

function viewParts(buffer: ArrayBuffer, sizes: DictionarySizes): Dictionary {
  let offset = headerBytes
  const take = <View>(
    part: new (buffer: ArrayBuffer, offset: number, length: number) => View,
    bytes: number,
  ) => {
    return (length: number): View => {
      const view = new part(buffer, offset, length)
      offset += bytes * length
      return view
    }
  }
  const doubles = take(Float64Array, 8)
  return {
    total: new Float64Array(buffer, totalByte, 1),
    weights: doubles(sizes.frequencyCount),
    frequencies: doubles(sizes.frequencyCount),
    start: doubles(places.length),
    transitions: doubles(places.length ** 2),
    emissions: doubles(places.length * sizes.codeCount),
    cells: take(Int32Array, 4)(2 * sizes.cellCount),
    codeOf: take(Uint16Array, 2)(2 ** 16),
    splitUnits: take(Uint16Array, 2)(sizes.splitUnitCount),
  }
}

function sizeBytes({ frequencyCount, codeCount, cellCount, splitUnitCount }: DictionarySizes): number {
  const doubleCount = 2 * frequencyCount + places.length + places.length ** 2 + places.length * codeCount
  return headerBytes + 8 * doubleCount + 8 * cellCount + 2 * 2 ** 16 + 2 * splitUnitCount
}

/** An empty dictionary to be filled: a new buffer with its header, and the views into it. */
export function createDictionary(sizes: DictionarySizes): { buffer: ArrayBuffer; dictionary: Dictionary } {
  const buffer = new ArrayBuffer(sizeBytes(sizes))
  const { frequencyCount, codeCount, cellCount, splitUnitCount } = sizes
  new Uint32Array(buffer, 0, headerBytes / 4).set([
    magicNumber,
    formatVersion,
    frequencyCount,
    codeCount,
    cellCount,
    splitUnitCount,
  ])
  return { buffer, dictionary: viewParts(buffer, sizes) }
}

/** Views a compiled dictionary without a copy. Throws `not_a_dictionary`, `unsupported_version`, `bad_layout`. */
export function viewDictionary(buffer: ArrayBuffer): Dictionary {
  if (buffer.byteLength < headerBytes) refuse(`it has ${buffer.byteLength} bytes, fewer than its header`)
  const header = new Uint32Array(buffer, 0, headerBytes / 4)
  const [magic, version, frequencyCount = 0, codeCount = 0, cellCount = 0, splitUnitCount = 0] = header
  if (magic !== magicNumber) {
    throw new TokenizeError(
      'not_a_dictionary',
      'The file is not a compiled jieba dictionary. Check its path.',
    )
  }
  if (version !== formatVersion) {
    throw new TokenizeError(
      'unsupported_version',
      `The dictionary has format version ${version ?? 0}; this release reads ${formatVersion}. Compile it again.`,
    )
  }
  const sizes = { frequencyCount, codeCount, cellCount, splitUnitCount }
  if (sizeBytes(sizes) !== buffer.byteLength) {
    refuse(`it has ${buffer.byteLength} bytes; its header needs ${sizeBytes(sizes)}`)
  }
  if (cellCount < codeCount || frequencyCount === 0 || codeCount === 0) refuse('a part of it is empty')
  return viewParts(buffer, sizes)
}

/** Puts words to split in the form of `splitUnits`. */
export function packSplitWords(words: ReadonlySet<string>): Uint16Array {
  const text = [...words].map((word) => `${word}\n`).join('')
  return Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
}

export function readSplitWords({ splitUnits }: Dictionary): Set<string> {
  const text = Array.from(splitUnits, (unit) => String.fromCharCode(unit)).join('')
  return new Set(text.split('\n').slice(0, -1))
}
