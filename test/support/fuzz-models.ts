/**
 * A process of its own that reads, compiles, opens and asks mutated model files; prints a FuzzReport as JSON.
 * Arguments: the seed, how many random cases a file, then the files.
 */
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

import { createDice } from '../../harness/models/training-text.ts'
import { compileModel, ModelFileError, openCompiled } from '../../src/engine/fasttext/index.ts'

export type FuzzReport = {
  cases: number
  /** Refusals by their code, and under `served` what could be opened and asked. */
  readonly outcomes: Record<string, number>
  slowestMs: number
  /** The most that one case took in array buffers, beyond eight times its file. */
  largestExtraBytes: number
  /** What must not be: other errors, and offsets outside of the file. */
  readonly faults: string[]
}

const texts = ['', '你好 词1w2 unknown __label__x', 'a b c d e f g']
const boundaries = [
  -(2 ** 31),
  -2,
  -1,
  0,
  1,
  2,
  3,
  4,
  5,
  10,
  11,
  12,
  13,
  100,
  255,
  256,
  257,
  65535,
  65536,
  2 ** 24,
  2 ** 30,
  2 ** 31 - 1,
]

const [seed = '1', randomCases = '0', ...files] = process.argv.slice(2)
const roll = createDice(Number(seed))
const report: FuzzReport = { cases: 0, outcomes: {}, slowestMs: 0, largestExtraBytes: 0, faults: [] }

/** The bytes of a mutated file, and how it came about. */
type Case = { readonly name: string; readonly bytes: Uint8Array }

/** Every truncation of a small file, and some evenly spread of a larger one. */
function* truncations(file: Uint8Array): Generator<Case> {
  const step = Math.ceil(file.length / 3_000)
  for (let length = 0; length < file.length; length += step)
    yield { name: `cut to ${length}`, bytes: file.subarray(0, length) }
}

/** Every field of the header at its boundary values; `span` bytes are taken as int32 fields, and as int64 ones. */
function* headerFields(file: Uint8Array, span: number): Generator<Case> {
  for (let offset = 0; offset < span; offset += 4) {
    for (const value of boundaries) {
      const bytes = file.slice()
      new DataView(bytes.buffer).setInt32(offset, value, true)
      yield { name: `int32 ${value} at ${offset}`, bytes }
    }
  }
  for (let offset = 68; offset < span - 8; offset += 4) {
    for (const value of [-(2n ** 63n), -1n, 0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n]) {
      const bytes = file.slice()
      new DataView(bytes.buffer).setBigInt64(offset, value, true)
      yield { name: `int64 ${value} at ${offset}`, bytes }
    }
  }
}

/** Some bytes changed at random, half the time among the first 2,000 or the last 2,000, where the structure is. */
function* randomBytes(file: Uint8Array, count: number): Generator<Case> {
  for (let i = 0; i < count; i++) {
    const bytes = file.slice()
    const changes = 1 + roll(6)
    const at = Array.from({ length: changes }, () => {
      const near = roll(4)
      const reach = Math.min(2_000, bytes.length)
      return near === 0 ? roll(reach) : near === 1 ? bytes.length - 1 - roll(reach) : roll(bytes.length)
    })
    for (const offset of at) bytes[offset] = roll(256)
    yield { name: `bytes changed at ${at.join(', ')}`, bytes }
  }
}

/** Compiles into memory, with pieces as large as they come, and asks what comes out. */
function tryModel(file: Uint8Array): string {
  const source = {
    sizeBytes: file.length,
    read(offset: number, target: Uint8Array) {
      if (offset + target.length > file.length) throw new RangeError('read past the end')
      target.set(file.subarray(offset, offset + target.length))
    },
  }
  const pieces: Uint8Array[] = []
  try {
    compileModel(source, { write: (_offset, bytes) => void pieces.push(bytes.slice()) })
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    if (!(error.offset >= 0 && error.offset <= file.length)) throw new RangeError(`offset ${error.offset}`)
    return error.code
  }
  const predictor = openCompiled(Uint8Array.from(Buffer.concat(pieces)).buffer)
  try {
    for (const text of texts) predictor.predict(text, -1)
  } catch (error) {
    if ((error as { code?: string }).code !== 'not_a_number') throw error
    return 'not_a_number'
  }
  return 'served'
}

function run({ name, bytes }: Case): void {
  const buffersBefore = process.memoryUsage().arrayBuffers
  const begunMs = performance.now()
  try {
    const outcome = tryModel(bytes)
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1
  } catch (error) {
    report.faults.push(`${name}: ${String(error)}`)
  }
  report.cases++
  report.slowestMs = Math.max(report.slowestMs, performance.now() - begunMs)
  const extra = process.memoryUsage().arrayBuffers - buffersBefore - 8 * bytes.length
  report.largestExtraBytes = Math.max(report.largestExtraBytes, extra)
}

for (const path of files) {
  const file = new Uint8Array(readFileSync(path))
  for (const one of truncations(file)) run(one)
  for (const one of headerFields(file, Math.min(200, file.length - 8))) run(one)
  for (const one of randomBytes(file, Number(randomCases))) run(one)
}
process.stdout.write(JSON.stringify(report))
