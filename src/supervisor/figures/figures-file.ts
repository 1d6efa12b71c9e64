import { closeSync, constants, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import type { SavedLedger } from '../../metrics/index.ts'

/** Changes with what is written: a file of another build is not read. */
const format = 1

type Saved = SavedLedger & { readonly format: number; readonly number: number }

/**
 * Keeps what the next supervisor continues from, in two files of the run folder that are written in turn: one of them is always
 * whole. They are overwritten in place: a file that replaces another one each second would go to the disk each second.
 */
export class FiguresFile {
  readonly #paths: readonly string[]
  #number = 0

  constructor(runFolder: string) {
    this.#paths = ['figures.0.json', 'figures.1.json'].map((name) => join(runFolder, name))
  }

  /** What was written last; undefined if nothing was, or none of it can be read. */
  read(): SavedLedger | undefined {
    const saved = this.#paths.flatMap((path) => readSaved(path) ?? [])
    const last = saved.toSorted((a, b) => a.number - b.number).at(-1)
    if (last === undefined) return undefined
    this.#number = last.number
    return { carried: last.carried, heard: last.heard }
  }

  /** Throws if it cannot be written. */
  write(ledger: SavedLedger): void {
    const number = this.#number + 1
    const bytes = Buffer.from(JSON.stringify({ format, number, ...ledger } satisfies Saved))
    const fd = openSync(this.#paths[number % 2] ?? '', constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      let written = 0
      while (written < bytes.length) written += writeSync(fd, bytes, written, bytes.length - written, written)
      ftruncateSync(fd, bytes.length)
    } finally {
      closeSync(fd)
    }
    this.#number = number
  }

  remove(): void {
    for (const path of this.#paths) rmSync(path, { force: true })
  }
}

function readSaved(path: string): Saved | undefined {
  try {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as Saved
    return saved.format === format ? saved : undefined
  } catch {
    return undefined
  }
}
