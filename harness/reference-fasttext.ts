import { execFileSync, spawnSync } from 'node:child_process'

const program = process.env['FASTTEXT'] ?? 'fasttext'
const maxOutputBytes = 1 << 28

/**
 * True where tests against the reference program must be skipped: it is missing, and this is not CI, where a
 * missing program fails the tests instead. Debian has it as `apt install fasttext`; FASTTEXT names another.
 */
export function isReferenceMissing(): boolean {
  if (process.env['CI'] === 'true') return false
  const missing = spawnSync(program, []).error !== undefined
  if (missing)
    console.warn(`skipped: the reference program "${program}" is not installed (apt install fasttext)`)
  return missing
}

/** Runs the reference program to its end and returns what it printed; throws where it fails. */
export function runReference(args: readonly string[], input = ''): string {
  return execFileSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: maxOutputBytes,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Trains on `inputFile` with one thread, so that the model is the same every time; writes `outputBase`.bin. */
export function trainReference(
  command: 'supervised' | 'skipgram' | 'cbow',
  inputFile: string,
  outputBase: string,
  options: readonly string[],
): string {
  runReference([command, '-input', inputFile, '-output', outputBase, '-thread', '1', ...options])
  return `${outputBase}.bin`
}

/** One predicted label as the reference prints it: the probability has six significant digits. */
export type ReferencePrediction = { readonly label: string; readonly probability: number }

/** What `predict-prob` prints for every line, in order. */
export function predictReference(
  modelFile: string,
  lines: readonly string[],
  k: number,
  threshold = 0,
): readonly (readonly ReferencePrediction[])[] {
  const printed = runReference(
    ['predict-prob', modelFile, '-', String(k), String(threshold)],
    lines.map((line) => `${line}\n`).join(''),
  )
  return printed.split('\n').slice(0, -1).map(parsePredictions)
}

function parsePredictions(line: string): readonly ReferencePrediction[] {
  const parts = line.split(' ').filter((part) => part !== '')
  return Array.from({ length: parts.length / 2 }, (_, i) => ({
    label: parts[2 * i] ?? '',
    probability: Number(parts[2 * i + 1]),
  }))
}
