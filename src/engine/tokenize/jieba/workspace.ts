import { codeMask } from './dictionary/double-array.ts'

/** Buffers that a cut works in, used again from text to text; all are indexed by UTF-16 unit of the text. */
export type Workspace = {
  /** `codeOf` of each unit. */
  readonly entries: Uint16Array
  /** The log probability of the best way from here to the end of the block. */
  readonly scores: Float64Array
  /** The end of the first word of that way. */
  readonly wordEnds: Int32Array
  /** The traces of the Viterbi search, then the place of each character in its word. */
  readonly places: Uint8Array
  /** The end of each token found so far; each begins at the end of the one before. */
  readonly tokenEnds: Int32Array
  tokenCount: number
}

/** Buffers for texts of up to `length` UTF-16 units. */
export function createWorkspace(length: number): Workspace {
  return {
    entries: new Uint16Array(length),
    scores: new Float64Array(length + 1),
    wordEnds: new Int32Array(length),
    places: new Uint8Array(length),
    tokenEnds: new Int32Array(length),
    tokenCount: 0,
  }
}

export function codeAt(work: Workspace, at: number): number {
  return (work.entries[at] as number) & codeMask
}

export function pushToken(work: Workspace, end: number): void {
  work.tokenEnds[work.tokenCount++] = end
}

/** Makes every UTF-16 unit from `start` to `end` a token. */
export function pushSingles(work: Workspace, start: number, end: number): void {
  for (let at = start; at < end; at++) pushToken(work, at + 1)
}
